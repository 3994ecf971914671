import { ModalsProvider } from '@mantine/modals'
import { Notifications } from '@mantine/notifications'
import '@mantine/notifications/styles.css'

/** What comes in front of the page: questions and messages. Loaded after the page, which seldom has any at once. */
export function Layers() {
  return (
    <>
      <ModalsProvider />
      <Notifications position="bottom-right" />
    </>
  )
}
