import type { Re2Node } from './syntax-tree.ts';

/** Can the node match without consuming anything? (Assertions count as able to.) */
export function isNullable(node: Re2Node): boolean {
  switch (node.kind) {
    case 'empty':
    case 'assertion':
      return true;
    case 'set':
      return false;
    case 'sequence':
      return node.items.every(isNullable);
    case 'alternation':
      return node.items.some(isNullable);
    case 'group':
      return isNullable(node.item);
    case 'repeat':
      return node.min === 0 || isNullable(node.item);
  }
}

/** Does any node below (or this one) satisfy the test? */
export function someNode(node: Re2Node, test: (node: Re2Node) => boolean): boolean {
  if (test(node)) return true;
  switch (node.kind) {
    case 'empty':
    case 'assertion':
    case 'set':
      return false;
    case 'sequence':
    case 'alternation':
      return node.items.some((item) => someNode(item, test));
    case 'group':
    case 'repeat':
      return someNode(node.item, test);
  }
}

/**
 * Does a group sit where a round of a loop may pass it by, or where a round may be empty? RE2 then keeps what the group
 * captured in an earlier round, ECMAScript forgets it.
 */
export function hasCapturesThatLoopsForget(root: Re2Node): boolean {
  const visit = (node: Re2Node, inLoop: boolean, optional: boolean): boolean => {
    switch (node.kind) {
      case 'empty':
      case 'assertion':
      case 'set':
        return false;
      case 'sequence':
        return node.items.some((item) => visit(item, inLoop, optional));
      case 'alternation':
        return node.items.some((item) => visit(item, inLoop, optional || inLoop));
      case 'group':
        return (inLoop && optional) || visit(node.item, inLoop, optional);
      case 'repeat': {
        const loops = node.max > 1;
        if (loops && isNullable(node.item)) return someNode(node.item, (inner) => inner.kind === 'group');
        return visit(node.item, inLoop || loops, optional || (inLoop && node.min === 0));
      }
    }
  };
  return visit(root, false, false);
}
