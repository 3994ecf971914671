import { Center, Image } from '@mantine/core'
import { IconPackage } from '@tabler/icons-react'
import { useRead } from '../api.ts'
import { variants } from '../catalog/variants.tsx'
import { useMay, useWorkplace } from '../identity/session.ts'

/** The address of the file of a picture. */
export function usePictureAddress(): (sha256: string) => string {
  const { tenant } = useWorkplace()
  return (sha256) => `/v1/image-files/${tenant.id}/${sha256}`
}

/** A picture beside a name, which says what it shows; where there is none, a place for one. */
function Thumbnail({ sha256, size = 32 }: { sha256: string | null | undefined; size?: number }) {
  const address = usePictureAddress()
  if (!sha256) {
    return (
      <Center w={size} h={size} c="dimmed" aria-hidden>
        <IconPackage size={size * 0.6} stroke={1.2} />
      </Center>
    )
  }
  return <Image src={address(sha256)} alt="" w={size} h={size} radius="sm" fit="cover" loading="lazy" />
}

/** The picture of a variant, or that of its product. */
export function VariantThumbnail({ id, size }: { id: string; size?: number }) {
  const variant = variants.use(id)
  return <Thumbnail sha256={variant?.image_sha256} {...(size ? { size } : {})} />
}

/** The primary picture of a product. */
export function ProductThumbnail({ id, size }: { id: string; size?: number }) {
  const may = useMay()
  const { data } = useRead(
    'images.list-images',
    { product_id: id },
    { enabled: may('images.list-images'), staleTime: 300_000 },
  )
  const shown = data?.items.find(({ variant_id, is_primary }) => variant_id === null && is_primary) ?? data?.items[0]
  return <Thumbnail sha256={shown?.sha256} {...(size ? { size } : {})} />
}
