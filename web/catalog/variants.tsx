import { Box, Text } from '@mantine/core'
import { makeLookUp } from '../ui/look-up.ts'

/** Variants by their ids. */
export const variants = makeLookUp('catalog.look-up-variants')

/** What a variant is called: its product, and which one of it. */
export function nameOfVariant(variant: { name: string; options: string | null } | null | undefined): string {
  return variant ? [variant.name, variant.options].filter(Boolean).join(' · ') : ''
}

/** Name and SKU of a variant, the one below the other. */
export function VariantName({ id }: { id: string }) {
  const variant = variants.use(id)
  return <Goods name={variant === null ? '—' : nameOfVariant(variant)} sku={variant?.sku ?? null} />
}

/** Name of goods with the code they are known by. */
export function Goods({ name, sku }: { name: string; sku: string | null }) {
  return (
    <Box miw={160}>
      <Text size="sm" lh={1.25} lineClamp={1} title={name}>
        {name || '…'}
      </Text>
      {sku === null ? null : (
        <Text size="xs" c="dimmed" lh={1.25} component="span" className="code">
          {sku}
        </Text>
      )}
    </Box>
  )
}
