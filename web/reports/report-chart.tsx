import { BarChart, CompositeChart, LineChart } from '@mantine/charts'
import '@mantine/charts/styles.css'
import { Paper, Text, Title, useDirection } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { money, percent, quantity, short } from '../ui/format.ts'
import { words } from '../ui/words.ts'
import { useCellText } from './cells.ts'
import { type Drawing, drawingOf } from './chart-of.ts'
import type { Result } from './use-reports.ts'
import { useReportWords } from './words.ts'

/** So many colours are told apart by everybody, in light and in dark; further series begin anew. */
const colours = [1, 2, 3, 4, 5, 6].map((at) => `var(--report-colour-${at})`)
const colourOf = (at: number) => colours[at % colours.length] ?? 'gray'
const height = 300
const rowHeight = 44

/** What a report says as a picture. The table below says the same to everybody. */
export function ReportChart({ result, currency }: { result: Result; currency: string | undefined }) {
  const t = useReportWords()
  const texts = useCellText(result.report)
  const drawing = drawingOf(result, currency, texts)
  if (!drawing) return null
  const isSplit = drawing.series[0]?.name !== drawing.value.name
  const series = isSplit ? texts.labelOf(drawing.value) : drawing.series.map(({ label }) => label).join(' · ')
  const title = t('chartOf', { series, by: texts.labelOf(drawing.by).toLocaleLowerCase(words.language) })
  return (
    <Paper withBorder p="md" className="report-chart">
      <Title order={2} size="h5" mb="sm">
        {title}
      </Title>
      <div dir="ltr" role="img" aria-label={`${t('chart')}: ${title}`}>
        <Drawn {...{ drawing, currency }} />
      </div>
    </Paper>
  )
}

/** How wide names may be beside their bars, and how much of one fits. */
const nameSpace = { wide: { width: 190, letters: 22 }, narrow: { width: 110, letters: 15 } } as const

function Drawn({ drawing, currency }: { drawing: Drawing; currency: string | undefined }) {
  const { dir } = useDirection()
  const isNarrow = useMediaQuery('(max-width: 36em)')
  const isReversed = dir === 'rtl'
  const isolate = (text: string) => (isReversed ? `\u2068${text}\u2069` : text)
  const series = drawing.series.map((one, at) => ({ ...one, color: colourOf(at) }))
  const data = drawing.data.map((one) => ({ ...one, label: isolate(String(one.label)) }))
  const format = (value: number) =>
    isolate(drawing.value.kind === 'money' && currency ? money(String(value), currency) : quantity(String(value)))
  const brief = (value: number) => isolate(short(value))
  const { width, letters } = nameSpace[isNarrow ? 'narrow' : 'wide']
  const shared = {
    data,
    dataKey: 'label',
    series,
    valueFormatter: format,
    withLegend: series.length > 1,
    legendProps: { itemSorter: null },
    accessibilityLayer: false,
    h: height,
    xAxisProps: { reversed: isReversed, interval: 'preserveStartEnd', minTickGap: 16 },
    yAxisProps: { ...sideOf(isReversed), width: 64, tickFormatter: brief },
  } as const
  if (drawing.kind === 'lines') return <LineChart {...shared} curveType="monotone" withDots={data.length < 40} />
  if (drawing.kind === 'pareto') return <Pareto {...{ drawing, data, format, isReversed }} />
  if (drawing.kind === 'rows') {
    return (
      <BarChart
        {...shared}
        orientation="vertical"
        h={Math.max(140, data.length * rowHeight * Math.max(1, series.length * 0.7) + 60)}
        maxBarWidth={28}
        xAxisProps={{ reversed: isReversed, tickFormatter: brief }}
        yAxisProps={{ ...sideOf(isReversed), width, tickFormatter: (text) => cut(text, letters) }}
      />
    )
  }
  return <BarChart {...shared} type={drawing.kind === 'stacked' ? 'stacked' : 'default'} maxBarWidth={64} />
}

/** Where an axis of values stands, with its words beside it and not on what is drawn. */
function sideOf(isRight: boolean) {
  const tick = { transform: `translate(${isRight ? 10 : -10}, 0)`, fontSize: 12, fill: 'currentColor' }
  return { orientation: isRight ? 'right' : 'left', tick } as const
}

/** Bars from the greatest to the least, and the share that those up to there have of it all. */
function Pareto(props: {
  drawing: Drawing
  data: Record<string, string | number>[]
  format: (value: number) => string
  isReversed: boolean
}) {
  const { drawing, data, format, isReversed } = props
  const [value, share] = drawing.series
  if (!value) return null
  return (
    <CompositeChart
      h={height + 40}
      data={data}
      dataKey="label"
      withLegend
      legendProps={{ itemSorter: null }}
      accessibilityLayer={false}
      withRightYAxis
      maxBarWidth={48}
      series={[
        { ...value, type: 'bar', color: colourOf(0) },
        ...(share ? [{ ...share, type: 'line' as const, color: colourOf(1), yAxisId: 'right' }] : []),
      ]}
      tooltipProps={{ content: ({ label, payload }) => <Tip {...{ label, payload, format, drawing }} /> }}
      xAxisProps={{ reversed: isReversed, tickFormatter: (text) => cut(text, 22), minTickGap: 12 }}
      yAxisProps={{ ...sideOf(isReversed), width: 64, tickFormatter: short }}
      rightYAxisProps={{
        ...sideOf(!isReversed),
        width: 56,
        domain: [0, 100],
        tickFormatter: (one) => percent(String(one)),
      }}
    />
  )
}

/** What is under the pointer: amounts and shares, each in their own way. */
function Tip(props: {
  label: unknown
  payload: readonly { dataKey?: unknown; value?: unknown }[]
  format: (value: number) => string
  drawing: Drawing
}) {
  const told = props.payload.flatMap(({ dataKey, value }) => {
    const of = props.drawing.series.find(({ name }) => name === dataKey)
    if (!of) return []
    const isShare = of.name === 'cumulative_percent'
    return [[of.label, isShare ? percent(String(value)) : props.format(Number(value))] as const]
  })
  return (
    <Paper withBorder shadow="md" p="xs">
      <Text size="sm" fw={600}>
        {String(props.label)}
      </Text>
      {told.map(([name, text]) => (
        <Text key={name} size="sm">
          {name}: {text}
        </Text>
      ))}
    </Paper>
  )
}

const cut = (text: string, letters: number) => (text.length > letters ? `${text.slice(0, letters - 1)}…` : text)
