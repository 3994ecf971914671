import type { ReactNode } from 'react'
import './tag.css'

/** How pressing something is, as a colour; the words beside it say the same. */
export type Tone = 'bad' | 'warn' | 'soon' | 'good' | 'info' | 'plain'

/** A word in its colour. */
export function Tag({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="tag" data-tone={tone}>
      {children}
    </span>
  )
}
