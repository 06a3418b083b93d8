import { type ArgumentsOf, optional, Secret, schema, secretType, stringType, unsupportedBlock } from '@cordwood/alloy';
import type { ComponentDefinition } from '../component.ts';
import { type OtelcolAuth, otelcolAuthValue } from '../otelcol/auth.ts';

const argumentSchema = schema({
  attributes: { username: optional(stringType, ''), password: optional(secretType, new Secret('')) },
  blocks: {
    client_auth: unsupportedBlock('write username and password into the component itself'),
    htpasswd: unsupportedBlock('Cordwood has no list of users; a gateway checks them'),
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** User name and password for exporters. */
export const otelcolAuthBasic: ComponentDefinition<Arguments> = {
  name: 'otelcol.auth.basic',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['handler'],
  create(context) {
    let args: Arguments | undefined;
    const auth: OtelcolAuth = {
      componentId: context.id,
      headers() {
        const pair = `${args?.username}:${args?.password.reveal()}`;
        return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
      },
    };
    return {
      exports: new Map([['handler', otelcolAuthValue(auth)]]),
      update(given) {
        args = given;
        return undefined;
      },
      start() {},
      async stop() {},
    };
  },
};
