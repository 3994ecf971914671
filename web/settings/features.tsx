import { Paper, Stack, Switch } from '@mantine/core'
import { type Output, useCommand, useRead } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { Page, Pending } from '../ui/page.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { type Language, languages, words } from '../ui/words.ts'
import { featureWords } from './feature-words.ts'
import { SettingsTabs } from './settings-tabs.tsx'
import { useSettingWords } from './words.ts'

type All = Output<'tenants.list-features'>
type Feature = All['items'][number]

/** What the business has switched on. */
export function Features() {
  const t = useSettingWords()
  const { data, error } = useRead('tenants.list-features', {})
  return (
    <Page title={t('features')} about={t('featuresSays')}>
      <SettingsTabs />
      {data ? <Switches all={data} /> : <Pending error={error} />}
    </Page>
  )
}

function Switches({ all: { items, version } }: { all: All }) {
  const t = useSettingWords()
  const common = useCommonWords()
  const send = useCommand('tenants.set-features')
  const set = (name: string, isOn: boolean) => {
    const others = items.filter((one) => one.is_on && one.name !== name).map((one) => one.name)
    const features = isOn ? [...others, name] : others
    send.mutate({ version, features }, { onError: tell, onSuccess: () => tellDone(common('saved')) })
  }
  const ask = (feature: Feature) => {
    if (!feature.is_on) return set(feature.name, true)
    confirm({
      title: t('switchOffTitle', { name: textOf(feature).name }),
      says: t('switchOffSays'),
      button: t('switchOff'),
      act: () => set(feature.name, false),
    })
  }
  return (
    <Paper withBorder p="md" maw={720}>
      <Stack gap="lg">
        {items.map((feature) => (
          <Switch
            key={feature.name}
            label={textOf(feature).name}
            description={textOf(feature).help}
            checked={feature.is_on}
            disabled={send.isPending}
            onChange={() => ask(feature)}
          />
        ))}
      </Stack>
    </Paper>
  )
}

/** In the language of the person; one that this app does not know yet as the server says it. */
function textOf({ name, help }: Feature): { name: string; help: string } {
  const at = languages.indexOf(words.language as Language)
  const known = featureWords[name]
  return { name: known?.name[at] ?? name, help: known?.help[at - 1] ?? help }
}
