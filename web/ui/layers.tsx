import { Text } from '@mantine/core'
import { ModalsProvider, modals } from '@mantine/modals'
import { type NotificationData, Notifications, notifications } from '@mantine/notifications'
import { useEffect } from 'react'
import '@mantine/notifications/styles.css'

let stand: () => void
const standing = new Promise<void>((resolve) => {
  stand = resolve
})

/** What comes in front of the page: questions and messages. Loaded after the page, which seldom has any at once. */
export function Layers() {
  useEffect(() => stand(), [])
  return (
    <>
      <ModalsProvider />
      <Notifications position="bottom-right" />
    </>
  )
}

/** Shows a message. */
export function showMessage(message: NotificationData): void {
  notifications.show(message)
}

/** Asks a question, once there is something to show it. */
export async function ask(says: string, question: Parameters<typeof modals.openConfirmModal>[0]): Promise<void> {
  await standing
  modals.openConfirmModal({ ...question, children: <Text>{says}</Text> })
}
