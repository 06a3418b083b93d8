import { objectProblems } from '../../../kubernetes/object-problems.ts';
import type { Check } from '../../check.ts';
import { valueAt } from '../../rendered-values.ts';

export const unknownField: Check = {
  id: 'network/unknown-field',
  severity: 'error',
  title: 'Kubernetes objects have fields that their kind knows, with values that it takes',
  reason: 'A misspelt field is dropped without a word: a policy with egrss denies all egress.',
  fix: 'Correct the patch: `kubectl explain` knows the fields.',
  find: (input) =>
    input.artifacts
      .filter(
        ({ path }) => /^(kubernetes|monitoring\/alerts)\/.+[.]yaml$/.test(path) && !path.endsWith('kustomization.yaml'),
      )
      .flatMap(({ path }) =>
        input.documents(path).flatMap((object) => {
          if (valueAt(object, ['apiVersion']) === undefined) return [];
          const name = `${valueAt(object, ['kind'])} ${valueAt(object, ['metadata', 'name'])}`;
          return objectProblems(object).map((problem) => ({
            message: `${name}: ${problem}`,
            at: 'patches',
            in: { path, text: `name: ${valueAt(object, ['metadata', 'name'])}` },
          }));
        }),
      ),
};
