import { ActionIcon } from '@mantine/core'
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { whenIdle } from './when-idle.ts'

const loadDropDown = () => import('./drop-down.tsx')
const DropDown = lazy(async () => ({ default: (await loadDropDown()).DropDown }))

export interface MenuEntry {
  readonly label: string
  readonly icon?: ReactNode
  /** That of its words, where it is not that of the page. */
  readonly lang?: string
  readonly isCurrent?: boolean
  /** It takes away what is not had back. */
  readonly isDestructive?: boolean
  /** It stands apart from those before it. */
  readonly isApart?: boolean
  readonly act: () => void
}

export interface MenuButtonProps {
  readonly label: string
  readonly icon: ReactNode
  readonly entries: readonly MenuEntry[]
  readonly width?: number
}

/** A button with a menu. The menu is loaded after the page, or when it is first asked for. */
export function MenuButton(props: MenuButtonProps) {
  const [isAsked, setAsked] = useState(false)
  useEffect(() => whenIdle(() => void loadDropDown().catch(() => undefined)), [])
  const button = (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={props.label}
      aria-haspopup="menu"
      aria-expanded={false}
      onClick={() => setAsked(true)}
    >
      {props.icon}
    </ActionIcon>
  )
  if (!isAsked) return button
  return (
    <Suspense fallback={button}>
      <DropDown {...props} />
    </Suspense>
  )
}
