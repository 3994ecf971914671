import { ActionIcon, Menu } from '@mantine/core'
import { Fragment, useEffect, useRef, useState } from 'react'
import type { MenuButtonProps } from './menu-button.tsx'

/** The menu of a button, with the button. It opens at once: it was asked for. */
export function DropDown({ label, icon, entries, width }: MenuButtonProps) {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // Where the focus goes back to; this button stands in the place of the one that had it.
    button.current?.focus()
    setOpen(true)
  }, [])
  return (
    <Menu position="bottom-end" opened={isOpen} onChange={setOpen} {...(width ? { width } : {})}>
      <Menu.Target>
        <ActionIcon ref={button} variant="default" size="lg" aria-label={label}>
          {icon}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {entries.map((entry) => (
          <Fragment key={entry.label}>
            {entry.isApart ? <Menu.Divider /> : null}
            <Menu.Item
              leftSection={entry.icon}
              onClick={entry.act}
              {...(entry.lang ? { lang: entry.lang } : {})}
              {...(entry.isDestructive ? { color: 'red' } : {})}
              {...(entry.isCurrent ? { 'aria-current': true, fw: 650 } : {})}
            >
              {entry.label}
            </Menu.Item>
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
