import { Anchor, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useRead } from '../api.ts'
import { useCategories } from '../catalog/use-catalog.ts'
import { DocumentLink } from '../history/document-facts.tsx'
import { useMay } from '../identity/session.ts'
import { PartyName } from '../parties/party-name.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { quantity } from '../ui/format.ts'
import { List, type Listing } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { defineWords } from '../ui/words.ts'
import { useImportNames } from './field-words.ts'
import type { Import } from './use-import.ts'

// biome-ignore format: a phrase a line
const useWords = defineWords('import-became', {
  title: ['What came in', 'Ce qui est entré', 'ما دخل'],
  kind: ['Kind', 'Nature', 'النوع'],
  name: ['Name', 'Nom', 'الاسم'],
  became: ['It was', 'Effet', 'الأثر'],
  created: ['Created', 'Créé', 'أُنشئ'],
  updated: ['Changed', 'Modifié', 'عُدّل'],
  skipped: ['Nothing new', 'Sans changement', 'دون تغيير'],
  none: ['Nothing came in', 'Rien n’est entré', 'لم يدخل شيء'],
})

type Item = Listing<'imports.list-provenance'>

const tones = { created: 'good', updated: 'info', skipped: 'plain' } as const

/** What the rows of an import became, each with the way there. */
export function Became({ of }: { of: Import }) {
  const t = useWords()
  const common = useCommonWords()
  const { thingOf } = useImportNames()
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        {t('title')}
      </Title>
      <List
        operation="imports.list-provenance"
        input={{ id: of.id }}
        keyOf={({ id }) => id}
        columns={[
          {
            head: common('row'),
            isAmount: true,
            cell: ({ row_number }) => quantity(String(row_number)),
            text: ({ row_number }) => String(row_number),
          },
          { head: t('kind'), cell: (one) => thingOf(one.resource), text: (one) => thingOf(one.resource) },
          { head: t('name'), cell: (one) => <Thing of={one} /> },
          {
            head: t('became'),
            cell: ({ what }) => <Tag tone={tones[what]}>{t(what)}</Tag>,
            text: ({ what }) => t(what),
          },
        ]}
        label={t('title')}
        file={`${of.target}-rows`}
        empty={<Empty title={t('none')} />}
      />
    </Stack>
  )
}

function Thing({ of: { resource, resource_id: id } }: { of: Item }) {
  const may = useMay()
  if (resource === 'product') return <Product id={id} />
  if (resource === 'party')
    return (
      <Anchor size="sm" renderRoot={(props) => <Link to="/parties/$id" params={{ id }} {...props} />}>
        <PartyName id={id} />
      </Anchor>
    )
  if (resource === 'history_document') return <DocumentLink id={id} />
  if (resource === 'category' && may('catalog.list-categories')) return <Category id={id} />
  return <Detail resource={resource} />
}

/** What has no name of its own, such as an address or a price, is called what it is. */
function Detail({ resource }: { resource: string }) {
  const { thingOf } = useImportNames()
  return (
    <Text size="sm" c="dimmed">
      {thingOf(resource)}
    </Text>
  )
}

function Category({ id }: { id: string }) {
  const path = useCategories().find((one) => one.id === id)?.path
  return path === undefined ? <Detail resource="category" /> : <Text size="sm">{path}</Text>
}

function Product({ id }: { id: string }) {
  const may = useMay()
  const { data } = useRead('catalog.get-product', { id }, { enabled: may('catalog.get-product'), staleTime: 300_000 })
  if (!data) return null
  return (
    <Anchor size="sm" renderRoot={(props) => <Link to="/products/$id" params={{ id }} {...props} />}>
      {data.name}
    </Anchor>
  )
}
