import { Component, type ComponentType, createElement } from 'preact';

/** A component that is drawn again only when one of its properties is another value. */
export function memo<P extends object>(inner: ComponentType<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const names = Object.keys(next) as (keyof P)[];
      return (
        names.length !== Object.keys(this.props).length ||
        names.some((name) => !Object.is(next[name], (this.props as P)[name]))
      );
    }
    override render() {
      return createElement(inner, this.props as P);
    }
  };
}
