import type { NewExpression, NewItem } from '@cordwood/alloy';
import type { Conversion } from './conversion.ts';
import { convertRules } from './relabel.ts';
import { convertStages } from './stages.ts';
import type { YamlValue } from './yaml-value.ts';

/** What every scrape config shares. */
export interface Settings {
  /** Receivers of the `loki.write` components. */
  readonly writers: readonly NewExpression[];
  /** `positions.filename`, and whether the file says so. */
  readonly positionsFile: string;
  readonly hasPositions: boolean;
  /** `target_config.sync_period` as Alloy writes it; undefined for the default. */
  readonly syncPeriod: string | undefined;
  /** Body of the `file_watch` block; undefined for the defaults. */
  readonly fileWatch: readonly NewItem[] | undefined;
  /** Stages behind every pipeline. */
  limits(): NewItem[];
}

/**
 * One scrape config on its way. Its `loki.process` and `discovery.relabel` are written when the first source asks for
 * them, so that a job that has no source has neither.
 */
export class Job {
  readonly items: NewItem[] = [];
  readonly value: YamlValue;
  /** `job_name`, as it is in the file. */
  readonly name: string;
  readonly label: string;
  readonly settings: Settings;
  readonly conversion: Conversion;
  #receivers: readonly NewExpression[] | undefined;
  #rules: NewItem[] | undefined;
  #relabel: 'none' | 'written' | undefined;

  constructor(value: YamlValue, name: string, label: string, settings: Settings, conversion: Conversion) {
    this.value = value;
    this.name = name;
    this.label = label;
    this.settings = settings;
    this.conversion = conversion;
  }

  /** Where a source sends its entries: through the pipeline, or straight to the writers. */
  receivers(): NewExpression {
    if (this.#receivers !== undefined) return this.#receivers;
    const { conversion, label, settings, value } = this;
    const stages = [...convertStages(value.get('pipeline_stages'), conversion), ...settings.limits()];
    if (stages.length === 0) this.#receivers = settings.writers;
    else {
      const forward = conversion.attribute('forward_to', settings.writers);
      const at = value.entries.find(({ key }) => key === 'pipeline_stages')?.place;
      this.items.push(conversion.block('loki.process', [forward, ...stages], at, label));
      this.#receivers = [{ code: `loki.process.${label}.receiver` }];
    }
    return this.#receivers;
  }

  /** Rules that come before those of the file; to be said before the first source asks for them. */
  prependRules(rules: readonly NewItem[]): void {
    this.#rules = [...rules, ...this.rules()];
  }

  appendRules(rules: readonly NewItem[]): void {
    this.#rules = [...this.rules(), ...rules];
  }

  rules(): NewItem[] {
    this.#rules ??= convertRules(this.value.get('relabel_configs'), this.conversion);
    return this.#rules;
  }

  /** Targets behind the rules; the targets themselves when there is no rule. */
  relabelled(targets: NewExpression): NewExpression {
    return this.#writeRelabel(targets) ? { code: `discovery.relabel.${this.label}.output` } : targets;
  }

  /** The rules for entries of a source without targets: `null` when there are none. */
  relabelRules(): NewExpression {
    return this.#writeRelabel([]) ? { code: `discovery.relabel.${this.label}.rules` } : null;
  }

  #writeRelabel(targets: NewExpression): boolean {
    if (this.#relabel !== undefined) return this.#relabel === 'written';
    const rules = this.rules();
    this.#relabel = rules.length > 0 ? 'written' : 'none';
    if (rules.length === 0) return false;
    const { conversion, label } = this;
    this.items.push(
      conversion.block('discovery.relabel', [conversion.attribute('targets', targets), ...rules], undefined, label),
    );
    return true;
  }

  /** For sources that take no rules: a component that applies them to the entries. */
  receiversBehindRelabel(): NewExpression {
    const receivers = this.receivers();
    const rules = this.rules();
    if (rules.length === 0) return receivers;
    const { conversion, label } = this;
    this.items.push(
      conversion.block('loki.relabel', [conversion.attribute('forward_to', receivers), ...rules], undefined, label),
    );
    return [{ code: `loki.relabel.${label}.receiver` }];
  }

  /** A component of this job. */
  write(name: string, body: readonly NewItem[], at: YamlValue): void {
    this.items.push(this.conversion.block(name, body, at.place, this.label));
  }
}
