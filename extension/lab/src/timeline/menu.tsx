/** A button with a menu of choices, any number of which can be made. */

import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { useId } from '../ids';
import { visible } from '../safe/visible';

interface MenuProps<Value extends string> {
  readonly label: string;
  readonly values: readonly Value[];
  readonly chosen: readonly Value[];
  readonly name?: (value: Value) => string;
  readonly onChange: (chosen: Value[]) => void;
}

export function ChoiceMenu<Value extends string>(props: MenuProps<Value>): VNode {
  const { label, values, chosen, name = (value) => value, onChange } = props;
  const [isOpen, setIsOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const menuId = useId();
  const items = () => [...(place.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];

  useLayoutEffect(() => {
    if (isOpen) {
      items()[0]?.focus();
    }
  }, [isOpen]);
  useEffect(() => {
    if (!isOpen) {
      return undefined;
    }
    const leave = (event: Event) => {
      if (!place.current?.contains(event.target as Node)) {
        setIsOpen(false);
      }
    };
    const root = place.current?.ownerDocument;
    root?.addEventListener('pointerdown', leave, true);
    root?.addEventListener('focusin', leave);
    return () => {
      root?.removeEventListener('pointerdown', leave, true);
      root?.removeEventListener('focusin', leave);
    };
  }, [isOpen]);

  const close = () => {
    setIsOpen(false);
    button.current?.focus();
  };
  const keyed = (event: KeyboardEvent) => {
    const all = items();
    const at = all.indexOf(event.target as HTMLElement);
    const next = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (next !== undefined) {
      all[next]?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      close();
    }
    if (next !== undefined || event.key === 'Escape') {
      event.preventDefault();
    }
    event.stopPropagation();
  };
  const toggle = (value: Value) =>
    onChange(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]);

  return (
    <div ref={place} class="tb-menu">
      <button
        ref={button}
        type="button"
        class="tb-button tb-menu-button"
        aria-label={label}
        aria-description={chosen.length === 0 ? undefined : `${chosen.length} chosen`}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? menuId : undefined}
        data-chosen={chosen.length > 0}
        onClick={() => setIsOpen(!isOpen)}
      >
        {label}
        {chosen.length > 0 && <span class="tb-count">{chosen.length}</span>}
        <span class="tb-caret" aria-hidden="true" />
      </button>
      {isOpen && (
        <div id={menuId} class="tb-menu-items" role="menu" aria-label={label} onKeyDown={keyed}>
          {values.map((value) => (
            <button
              key={value}
              type="button"
              class="tb-menu-item"
              role="menuitemcheckbox"
              aria-checked={chosen.includes(value)}
              tabIndex={-1}
              onClick={() => toggle(value)}
            >
              {visible(name(value))}
            </button>
          ))}
          <button
            type="button"
            class="tb-menu-item tb-menu-all"
            role="menuitem"
            tabIndex={-1}
            onClick={() => {
              onChange([]);
              close();
            }}
          >
            Show all
          </button>
        </div>
      )}
    </div>
  );
}
