import { createTheme, DirectionProvider, type MantineColorsTuple, MantineProvider, useDirection } from '@mantine/core'
import { lazy, type ReactNode, Suspense, useEffect } from 'react'
import { I18nextProvider } from 'react-i18next'
import { directionOf, languages, words } from './words.ts'

const Layers = lazy(async () => ({ default: (await import('./layers.tsx')).Layers }))

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
  components: {
    // What is wider than a phone is scrolled by the keyboard, too.
    TableScrollContainer: { defaultProps: { scrollAreaProps: { viewportProps: { tabIndex: 0 } } } },
  },
})

/** Colours, letters, language and direction of all that is below. */
export function Look({ children }: { children: ReactNode }) {
  return (
    <I18nextProvider i18n={words}>
      <DirectionProvider initialDirection={directionOf(words.language)} detectDirection={false}>
        <MantineProvider theme={theme} defaultColorScheme="auto">
          <FollowLanguage />
          {children}
          <Suspense>
            <Layers />
          </Suspense>
        </MantineProvider>
      </DirectionProvider>
    </I18nextProvider>
  )
}

/** Turns the page round with its language. */
function FollowLanguage() {
  const { setDirection } = useDirection()
  useEffect(() => {
    const follow = (language: string) => {
      document.documentElement.lang = languages.find((one) => one === language) ?? 'en'
      setDirection(directionOf(language))
    }
    follow(words.language)
    words.on('languageChanged', follow)
    return () => words.off('languageChanged', follow)
  }, [setDirection])
  return null
}
