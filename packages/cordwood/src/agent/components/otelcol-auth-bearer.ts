import { type ArgumentsOf, optional, required, schema, secretType, stringType } from '@cordwood/alloy';
import type { ComponentDefinition } from '../component.ts';
import { type OtelcolAuth, otelcolAuthValue } from '../otelcol/auth.ts';

const argumentSchema = schema({
  attributes: {
    token: required(secretType),
    scheme: optional(stringType, 'Bearer'),
    header: optional(stringType, 'Authorization'),
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** A token for exporters. */
export const otelcolAuthBearer: ComponentDefinition<Arguments> = {
  name: 'otelcol.auth.bearer',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['handler'],
  create(context) {
    let args: Arguments | undefined;
    const auth: OtelcolAuth = {
      componentId: context.id,
      headers() {
        if (args === undefined) return {};
        const { token, scheme, header } = args;
        return { [header.toLowerCase()]: scheme === '' ? token.reveal() : `${scheme} ${token.reveal()}` };
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
