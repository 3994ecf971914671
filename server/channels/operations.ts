import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { unknownCurrency } from '../reference/index.ts'
import type { Settings } from '../settings/index.ts'
import { asChannel, type ChannelUse, changeChannel, createChannel, deleteChannel, setCredentials } from './channels.ts'
import * as contract from './contract.ts'
import { asMarket, changeMarket, createMarket, deleteMarket } from './markets.ts'
import { findChannel, listChannels, listMarkets } from './queries.ts'

const { permissions } = contract
const cursorKey = z.tuple([z.string().max(100), z.uuid()])

const marketOperations = [
  query({
    name: 'channels.list-markets',
    route: 'GET /v1/markets',
    summary: 'Markets by code.',
    permission: permissions.viewChannels,
    reach: 'any',
    input: contract.listInput,
    output: page(contract.market),
    async handle(context, { limit, cursor }) {
      const rows = await listMarkets(context, limit, readCursor(cursor, cursorKey))
      return toPage(rows.map(asMarket), limit, (row) => [row.code, row.id])
    },
  }),
  command({
    name: 'channels.create-market',
    route: 'POST /v1/markets',
    summary: 'Make a market.',
    permission: permissions.manageChannels,
    reach: 'tenant',
    input: contract.createMarketInput,
    output: contract.market,
    refusals: [contract.marketCodeTaken, unknownCurrency, platformRefusals.alreadyExists],
    handle: createMarket,
  }),
  command({
    name: 'channels.update-market',
    route: 'PATCH /v1/markets/:id',
    summary: 'Change a market. Its code stays.',
    permission: permissions.manageChannels,
    reach: 'tenant',
    input: contract.updateMarketInput,
    output: contract.market,
    refusals: [unknownCurrency],
    handle: changeMarket,
  }),
  command({
    name: 'channels.delete-market',
    route: 'DELETE /v1/markets/:id',
    summary: 'End a market that no channel sells in.',
    permission: permissions.manageChannels,
    reach: 'tenant',
    input: contract.endInput,
    output: contract.market,
    refusals: [contract.marketInUse],
    handle: deleteMarket,
  }),
] as const

const channelQueries = [
  query({
    name: 'channels.list-channels',
    route: 'GET /v1/sales-channels',
    summary: 'Sales channels by name.',
    permission: permissions.viewChannels,
    reach: 'any',
    input: contract.listInput,
    output: page(contract.channel),
    async handle(context, { limit, cursor }) {
      const rows = await listChannels(context, limit, readCursor(cursor, cursorKey))
      return toPage(rows.map(asChannel), limit, (row) => [row.name, row.id])
    },
  }),
  query({
    name: 'channels.get-channel',
    route: 'GET /v1/sales-channels/:id',
    summary: 'One sales channel.',
    permission: permissions.viewChannels,
    reach: 'any',
    input: contract.byId,
    output: contract.channel,
    handle: async (context, { id }) => asChannel((await findChannel(context, id)) ?? refuse(platformRefusals.notFound)),
  }),
] as const

/** Markets and sales channels. */
export function channelOperations({ settings, ...use }: { settings: Pick<Settings, 'encryption'> } & ChannelUse) {
  return [
    ...marketOperations,
    ...channelQueries,
    command({
      name: 'channels.create-channel',
      route: 'POST /v1/sales-channels',
      summary: 'Make a sales channel.',
      permission: permissions.manageChannels,
      reach: 'tenant',
      input: contract.createChannelInput,
      output: contract.channel,
      refusals: [
        contract.marketNotFound,
        contract.channelSyncIncomplete,
        contract.channelNameTaken,
        platformRefusals.alreadyExists,
      ],
      handle: createChannel,
    }),
    command({
      name: 'channels.update-channel',
      route: 'PATCH /v1/sales-channels/:id',
      summary: 'Change a sales channel. Its type stays.',
      permission: permissions.manageChannels,
      reach: 'tenant',
      input: contract.updateChannelInput,
      output: contract.channel,
      refusals: [contract.marketNotFound, contract.channelSyncIncomplete, contract.channelNameTaken],
      handle: changeChannel,
    }),
    command({
      name: 'channels.set-credentials',
      route: 'PUT /v1/sales-channels/:id/credentials',
      summary: 'Set what opens the marketplace. It is sealed, and shown to nobody again.',
      severity: 'notice',
      permission: permissions.manageChannels,
      reach: 'tenant',
      input: contract.setCredentialsInput,
      output: contract.channel,
      handle: (context, input) => setCredentials(context, settings.encryption, input),
    }),
    command({
      name: 'channels.delete-channel',
      route: 'DELETE /v1/sales-channels/:id',
      summary: 'End a sales channel that there are no price lists for. Its credentials are forgotten.',
      permission: permissions.manageChannels,
      reach: 'tenant',
      input: contract.endInput,
      output: contract.channel,
      refusals: [contract.channelInUse],
      handle: (context, input) => deleteChannel(context, use, input),
    }),
  ] as const
}
