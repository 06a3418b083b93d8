import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readWriteRequest } from '../../rules/test/read-write-request.ts';
import type { Disk } from '../../world/disk.ts';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import type { Agent } from '../agent.ts';
import { type Workplace, withWorkplace } from '../test/agent-under-test.ts';
import { FakeKubernetes, pod } from '../test/fake-kubernetes.ts';

/** A page that is scraped, and a receiver of remote write. */
interface Scene {
  readonly work: Workplace;
  readonly agent: Agent;
  page: { text: string; status: number; type: string; gzip: boolean };
  /** Requests of the scraper: path and query. */
  readonly paths: string[];
  /** Samples that were taken, as `name{labels} value @ms`. */
  readonly samples: string[];
  /** Status of the receiver. */
  answer: number;
  attempts: number;
  restart(): Promise<void>;
  /** Samples of a name, without those of the scrape itself. */
  of(name: string): string[];
}

function scenario(
  name: string,
  options: {
    scrape?: string;
    remote?: string;
    target?: string;
    targets?: (work: Workplace, port: number) => string;
    disk?: Disk;
  },
  run: (scene: Scene) => Promise<void>,
): void {
  test(name, () =>
    withWorkplace(async (work) => {
      const scene = {
        page: { text: 'requests_total{code="200"} 1\n', status: 200, type: 'text/plain', gzip: false },
        paths: [] as string[],
        samples: [] as string[],
        answer: 204,
        attempts: 0,
      };
      const server = createServer((request, response) => {
        if (request.method === 'GET') {
          scene.paths.push(request.url!);
          const { text, status, type, gzip } = scene.page;
          response.writeHead(status, { 'content-type': type, ...(gzip ? { 'content-encoding': 'gzip' } : {}) });
          response.end(gzip ? gzipSync(text) : text);
          return;
        }
        const parts: Buffer[] = [];
        request.on('data', (part: Buffer) => parts.push(part));
        request.on('end', () => {
          scene.attempts++;
          if (scene.answer < 300) scene.samples.push(...readWriteRequest(Buffer.concat(parts)));
          response.writeHead(scene.answer).end();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const fixed = `[{ __address__ = "127.0.0.1:${port}", instance = "app-1", job = "app" ${options.target ?? ''} }]`;
      const config = `
${options.targets?.(work, port) ?? ''}
prometheus.scrape "s" {
  targets         = ${options.targets === undefined ? fixed : 'discovery.relabel.annotated.output'}
  forward_to      = [prometheus.remote_write.out.receiver]
  scrape_interval = "10s"
  ${options.scrape ?? ''}
}
prometheus.remote_write "out" {
  external_labels = { cluster = "eu" }
  endpoint {
    url = "http://127.0.0.1:${port}/api/v1/write"
    queue_config {
      batch_send_deadline = "1s"
    }
    ${options.remote ?? ''}
  }
}`;
      try {
        const whole = Object.assign(scene, {
          work,
          agent: await work.start(config, options.disk ? { disk: options.disk } : {}),
          async restart() {
            await work.stop(whole.agent);
            whole.agent = await work.start(config);
          },
          of: (metric: string) =>
            scene.samples
              .filter((sample) => sample.startsWith(`${metric}{`))
              .map((sample) => sample.replace(/ @\d+$/, '')),
        });
        await run(whole);
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    }),
  );
}

scenario('samples with the labels of their target, and the series about the scrape', {}, async ({ work, of }) => {
  await work.until('samples', () => of('up').length > 0);
  const labels = 'cluster="eu",instance="app-1",job="app"';
  assert.deepEqual(of('requests_total')[0], 'requests_total{cluster="eu",code="200",instance="app-1",job="app"} 1');
  assert.equal(of('up')[0], `up{${labels}} 1`);
  assert.equal(of('scrape_samples_scraped')[0], `scrape_samples_scraped{${labels}} 1`);
  assert.equal(of('scrape_series_added')[0], `scrape_series_added{${labels}} 1`);
});

scenario(
  'path and parameters from the target',
  { target: ', __metrics_path__ = "/m", __param_x = "1"', scrape: 'params = { y = ["2"] }' },
  async ({ work, paths }) => {
    await work.until('a scrape', () => paths.length > 0);
    assert.equal(paths[0], '/m?y=2&x=1');
  },
);

scenario('labels of the page that the target has too are exported', {}, async (scene) => {
  scene.page.text = 'a{job="x",exported_instance="y",instance="z"} 1\n';
  await scene.work.until('samples', () => scene.of('a').length > 0);
  assert.equal(
    scene.of('a')[0],
    'a{cluster="eu",exported_exported_instance="z",exported_instance="y",exported_job="x",instance="app-1",job="app"} 1',
  );
});

scenario('honor_labels', { scrape: 'honor_labels = true' }, async (scene) => {
  scene.page.text = 'a{job="x"} 1\n';
  await scene.work.until('samples', () => scene.of('a').length > 0);
  assert.equal(scene.of('a')[0], 'a{cluster="eu",instance="app-1",job="x"} 1');
});

scenario('a compressed page, times of the page', {}, async (scene) => {
  scene.page = { text: `a 1 1395066363000\n${'#'.repeat(5000)}\n`, status: 200, type: 'text/plain', gzip: true };
  await scene.work.until('samples', () => scene.of('a').length > 0);
  assert.ok(scene.samples.some((sample) => sample.startsWith('a{') && sample.endsWith('@1395066363000')));
});

scenario('series that are gone, and all of them when the target does not answer, are stale', {}, async (scene) => {
  const { work, of } = scene;
  scene.page.text = 'a 1\nb 1\n';
  await work.until('both', () => of('b').length > 0);
  scene.page.text = 'a 2\n';
  await work.until('the end of b', () => of('b').at(-1)!.endsWith('stale'));
  scene.page.status = 500;
  await work.until('the end of a', () => of('a').at(-1)!.endsWith('stale'));
  assert.ok(of('up').at(-1)!.endsWith(' 0'));
  const [component] = scene.agent.components().filter(({ id }) => id === 'prometheus.scrape.s');
  assert.match(component!.message, /1 of 1 targets cannot be scraped; .*HTTP status 500/);
});

scenario('sample_limit', { scrape: 'sample_limit = 2' }, async (scene) => {
  scene.page.text = 'a 1\nb 1\nc 1\n';
  await scene.work.until('a failed scrape', () => scene.of('up').length > 0);
  assert.deepEqual(scene.of('a'), []);
  assert.ok(scene.of('up')[0]!.endsWith(' 0'));
});

scenario('a receiver that is away gets everything later, in order, also over a restart', {}, async (scene) => {
  const { work, of } = scene;
  scene.answer = 503;
  let value = 0;
  for (; value < 5; value++) {
    scene.page.text = `a ${value}\n`;
    const scrapes = scene.paths.length;
    await work.until('a scrape', () => scene.paths.length > scrapes);
  }
  await work.until('an attempt', () => scene.attempts > 0);
  await scene.restart();
  scene.answer = 204;
  scene.page.text = `a ${value}\n`;
  await work.until('the last value', () => of('a').some((sample) => sample.endsWith(` ${value}`)));
  const values = of('a').map((sample) => sample.split(' ').at(-1));
  assert.deepEqual(values.slice(0, 6), ['0', '1', '2', '3', '4', '5']);
});

scenario('what the receiver refuses is dropped and counted', {}, async (scene) => {
  scene.answer = 400;
  await scene.work.until('a refusal', () =>
    /samples_dropped_total\{.*reason="refused".*\} [1-9]/.test(scene.agent.metrics()),
  );
  scene.answer = 204;
  await scene.work.until('the next', () => scene.samples.length > 0);
});

scenario(
  'write_relabel_config',
  { remote: 'write_relabel_config {\n source_labels = ["__name__"]\n regex = "scrape_.*"\n action = "drop"\n }' },
  async (scene) => {
    await scene.work.until('samples', () => scene.of('up').length > 0);
    assert.deepEqual(
      scene.samples.filter((sample) => sample.startsWith('scrape_')),
      [],
    );
  },
);

const kubernetes = new FakeKubernetes();
const kubernetesUrl = await kubernetes.listen();
after(() => kubernetes.close());

scenario(
  'pods that ask for it by their annotations',
  {
    targets(work, port) {
      const kubeconfig = {
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
        clusters: [{ name: 'k', cluster: { server: kubernetesUrl } }],
        users: [{ name: 'u', user: {} }],
      };
      writeFileSync(work.path('kubeconfig'), JSON.stringify(kubeconfig));
      const asking = { scrape: 'true', port: String(port), path: '/m' };
      for (const [name, annotations] of [
        ['shop', Object.fromEntries(Object.entries(asking).map(([key, value]) => [`prometheus.io/${key}`, value]))],
        ['quiet', {}],
      ] as const) {
        const made = pod(name);
        kubernetes.apply({
          ...made,
          metadata: { ...made.metadata, annotations },
          status: { ...made.status, podIP: '127.0.0.1' },
        });
      }
      return `
discovery.kubernetes "pods" {
  role            = "pod"
  kubeconfig_file = "${work.path('kubeconfig')}"
}
discovery.relabel "annotated" {
  targets = discovery.kubernetes.pods.targets
  rule {
    source_labels = ["__meta_kubernetes_pod_annotation_prometheus_io_scrape"]
    regex         = "true"
    action        = "keep"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_annotation_prometheus_io_path"]
    regex         = "(.+)"
    target_label  = "__metrics_path__"
  }
  rule {
    source_labels = ["__address__", "__meta_kubernetes_pod_annotation_prometheus_io_port"]
    regex         = \`([^:]+)(?::\\d+)?;(\\d+)\`
    replacement   = "$1:$2"
    target_label  = "__address__"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_name"]
    target_label  = "pod"
  }
}`;
    },
    scrape: 'job_name = "pods"',
  },
  async ({ work, of, paths }) => {
    await work.until('samples', () => of('requests_total').length > 0);
    assert.match(of('up')[0]!, /^up\{cluster="eu",instance="127\.0\.0\.1:\d+",job="pods",pod="shop"\} 1$/);
    assert.ok(of('up').every((sample) => sample.includes('pod="shop"')));
    assert.equal(paths[0], '/m');
  },
);

scenario(
  'a disk that is full keeps requests in memory, in their order',
  { disk: new SimulatedDisk({ seed: 1, capacityBytes: 0 }) },
  async (scene) => {
    const { work, of } = scene;
    scene.answer = 503;
    for (let value = 0; value < 4; value++) {
      scene.page.text = `a ${value}\n`;
      const scrapes = scene.paths.length;
      await work.until('a scrape', () => scene.paths.length > scrapes);
      await work.clock.advance(2000);
    }
    assert.ok(work.messages.some((message) => message.includes('could not be put on disk')));
    scene.answer = 204;
    await work.until('the last value', () => of('a').some((sample) => sample.endsWith(' 3')));
    assert.deepEqual(
      of('a')
        .slice(0, 4)
        .map((sample) => sample.split(' ').at(-1)),
      ['0', '1', '2', '3'],
    );
  },
);
