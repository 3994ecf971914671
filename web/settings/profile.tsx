import { Paper, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { type Output, useRead } from '../api.ts'
import { useBranches } from '../identity/session.ts'
import { useCurrency } from '../tenants/use-currency.ts'
import { AmountInput } from '../ui/amount-input.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { Held } from '../ui/held.tsx'
import { Page, Pending } from '../ui/page.tsx'
import { tellDone } from '../ui/tell.tsx'
import { useWholeList } from '../ui/whole-list.ts'
import { languageNames, shortened, wholeNumber } from './profile-values.ts'
import { SettingsTabs } from './settings-tabs.tsx'
import { useSettingWords } from './words.ts'
import { ZoneSelect } from './zone-select.tsx'

type Tenant = Output<'tenants.get-tenant'>

/** What the business is called, and what holds for all of it. */
export function Profile() {
  const t = useSettingWords()
  const { data, error } = useRead('tenants.get-tenant', {})
  return (
    <Page title={t('profile')} about={t('profileSays')}>
      <SettingsTabs />
      {data ? <Held of={data}>{(held) => <ProfileForm tenant={held} />}</Held> : <Pending error={error} />}
    </Page>
  )
}

function ProfileForm({ tenant }: { tenant: Tenant }) {
  const common = useCommonWords()
  const sending = useCommandForm('tenants.update-tenant', {
    values: {
      legal_name: tenant.legal_name,
      business_type: tenant.business_type as string,
      locale: tenant.locale,
      time_zone: tenant.time_zone,
      domain: tenant.domain ?? '',
      cash_variance_threshold: shortened(tenant.cash_variance_threshold),
      retention_financial_years: String(tenant.retention_financial_years),
      retention_audit_years: String(tenant.retention_audit_years),
      anonymisation_days: String(tenant.anonymisation_days),
    },
    input: (values) => ({
      ...values,
      version: tenant.version,
      business_type: values.business_type as Tenant['business_type'],
      domain: values.domain.trim() || null,
      retention_financial_years: wholeNumber(values.retention_financial_years),
      retention_audit_years: wholeNumber(values.retention_audit_years),
      anonymisation_days: wholeNumber(values.anonymisation_days),
    }),
    touches: ['settings', 'cash'],
    fieldOf: (code) => (code === 'domain_taken' ? 'domain' : undefined),
    onDone: () => tellDone(common('saved')),
  })
  return (
    <form onSubmit={sending.send}>
      <Stack maw={720}>
        <Business form={sending.form} />
        <Kept form={sending.form} />
        <FormEnd of={sending} label={common('save')} />
      </Stack>
    </form>
  )
}

type Field = Exclude<keyof Tenant, 'id' | 'version' | 'created_at' | 'updated_at' | 'features'>

interface FormOf {
  getInputProps(name: Field): { readonly value?: string }
}

const businessTypes = ['pharmacy', 'retail', 'wholesale', 'restaurant', 'service', 'manufacturing'] as const

function Business({ form }: { form: FormOf }) {
  const t = useSettingWords()
  const { branches } = useBranches()
  const entities = useWholeList('tenants.list-entities', {})
  const currency = useCurrency() ?? ''
  const locale = form.getInputProps('locale')
  const countries = [...new Set(entities.map(({ country }) => country))]
  return (
    <Paper withBorder p="md">
      <Stack>
        <TextInput label={t('legalName')} required maxLength={200} {...form.getInputProps('legal_name')} />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Select
            label={t('businessType')}
            description={t('businessTypeSays')}
            required
            allowDeselect={false}
            data={businessTypes.map((type) => ({ value: type, label: t(type) }))}
            {...form.getInputProps('business_type')}
          />
          <AmountInput
            label={t('variance')}
            description={t('varianceSays')}
            required
            currency={currency}
            {...form.getInputProps('cash_variance_threshold')}
          />
          <Select
            label={t('language')}
            description={t('languageSays')}
            required
            searchable
            allowDeselect={false}
            data={languageNames(countries, locale.value)}
            {...locale}
          />
          <ZoneSelect
            description={t(branches.length > 1 ? 'zoneOfAll' : 'zoneSays')}
            {...form.getInputProps('time_zone')}
          />
        </SimpleGrid>
        <TextInput
          label={t('domain')}
          description={t('domainSays')}
          placeholder="shop.example.org"
          dir="ltr"
          maxLength={253}
          {...form.getInputProps('domain')}
        />
      </Stack>
    </Paper>
  )
}

function Kept({ form }: { form: FormOf }) {
  const t = useSettingWords()
  const fields = [
    ['retention_financial_years', t('keptBooks'), t('years')],
    ['retention_audit_years', t('keptAudit'), t('years')],
    ['anonymisation_days', t('keptPeople'), t('days')],
  ] as const
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5">
        {t('kept')}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t('keptSays')}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        {fields.map(([name, label, unit]) => (
          <TextInput
            key={name}
            label={label}
            required
            inputMode="numeric"
            rightSection={unit}
            rightSectionWidth={64}
            rightSectionProps={{ style: { fontSize: 'var(--mantine-font-size-xs)' } }}
            {...form.getInputProps(name)}
          />
        ))}
      </SimpleGrid>
    </Paper>
  )
}
