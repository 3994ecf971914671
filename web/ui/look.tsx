import { createTheme, DirectionProvider, type MantineColorsTuple, MantineProvider, useDirection } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { directionOf, useLanguage, words } from './words.ts'

// From the light of a leaf to the green of pharmacies' crosses; the seventh is readable on white.
const green: MantineColorsTuple = [
  '#e9f7f1',
  '#d3ece1',
  '#a6d9c3',
  '#76c5a3',
  '#4fb488',
  '#35a877',
  '#127c59',
  '#0b6e4f',
  '#075c41',
  '#004a33',
]

// Of Mantine, but for the two that filled buttons have: white is readable on them.
const red: MantineColorsTuple = [
  '#fff5f5',
  '#ffe3e3',
  '#ffc9c9',
  '#ffa8a8',
  '#ff8787',
  '#ff6b6b',
  '#d43030',
  '#d12b2b',
  '#c92a2a',
  '#b02525',
]

// The letters of Arabic are the app's own on every machine; no other letter is in that font.
const fontFamily = '"Noto Sans Arabic", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'

const theme = createTheme({
  primaryColor: 'green',
  primaryShade: { light: 7, dark: 6 },
  colors: { green, red },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily,
  headings: { fontFamily, fontWeight: '650' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Whoever rings up by keyboard does not wait for a window to glide.
    Modal: { defaultProps: { transitionProps: { duration: 0 } } },
    // What is wider than a phone is scrolled by the keyboard, too.
    TableScrollContainer: { defaultProps: { scrollAreaProps: { viewportProps: { tabIndex: 0 } } } },
  },
})

/** Colours, letters, language and direction of all that is below. */
export function Look({ children }: { children: ReactNode }) {
  return (
    <DirectionProvider initialDirection={directionOf(words.language)} detectDirection={false}>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <FollowLanguage />
        {children}
      </MantineProvider>
    </DirectionProvider>
  )
}

/** Turns the page round with its language. */
function FollowLanguage() {
  const { setDirection } = useDirection()
  const language = useLanguage()
  useEffect(() => {
    document.documentElement.lang = language
    setDirection(directionOf(language))
  }, [language, setDirection])
  return null
}
