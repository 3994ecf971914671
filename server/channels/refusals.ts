import { refusal } from '../platform/refusal.ts'

export const channelNotFound = refusal('channel_not_found', 422, 'There is no such sales channel')
