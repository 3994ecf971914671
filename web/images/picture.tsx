import { Center, Image } from '@mantine/core'
import { IconPackage } from '@tabler/icons-react'
import { variants } from '../catalog/variants.tsx'
import { useWorkplace } from '../identity/session.ts'
import { makeLookUp } from '../ui/look-up.ts'

/** The pictures that products are shown by, by ids of products. */
const pictures = makeLookUp('images.look-up-pictures')

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
  const picture = pictures.use(id)
  return <Thumbnail sha256={picture?.sha256} {...(size ? { size } : {})} />
}
