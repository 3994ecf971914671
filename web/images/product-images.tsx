import {
  ActionIcon,
  Box,
  Button,
  FileButton,
  Group,
  Image,
  Paper,
  SimpleGrid,
  Text,
  Title,
  Tooltip,
} from '@mantine/core'
import { IconStar, IconStarFilled, IconTrash, IconUpload } from '@tabler/icons-react'
import { useState } from 'react'
import { type Output, useCommand, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { confirm } from '../ui/confirm.tsx'
import { Empty, Pending } from '../ui/page.tsx'
import { tell } from '../ui/tell.tsx'
import { defineWords, words } from '../ui/words.ts'
import { usePictureAddress } from './picture.tsx'

const useWords = defineWords('images', {
  title: ['Pictures', 'Images', 'الصور'],
  add: ['Add pictures', 'Ajouter des images', 'إضافة صور'],
  none: ['No pictures yet', 'Aucune image', 'لا صور بعد'],
  drop: [
    'Drop PNG, JPEG or WebP files here, 5 MB each at most. The first is shown in lists and at the till.',
    'Déposez ici des fichiers PNG, JPEG ou WebP de 5 Mo au plus. La première s’affiche dans les listes et en caisse.',
    'أفلت هنا ملفات PNG أو JPEG أو WebP بحجم 5 ميغابايت كحد أقصى. تظهر الأولى في القوائم ونقطة البيع.',
  ],
  primary: ['Shown first', 'Image principale', 'الصورة الرئيسية'],
  makePrimary: ['Show this one first', 'En faire l’image principale', 'اجعلها الرئيسية'],
  delete: ['Delete the picture', 'Supprimer l’image', 'حذف الصورة'],
  deleteTitle: ['Delete this picture?', 'Supprimer cette image ?', 'حذف هذه الصورة؟'],
  deleteSays: [
    'It is no longer shown anywhere. The next one is shown first if this one was.',
    'Elle ne s’affichera plus nulle part. Si c’était la principale, la suivante la remplace.',
    'لن تظهر في أي مكان. وإن كانت الرئيسية حلت التالية محلها.',
  ],
})

type Picture = Output<'images.list-images'>['items'][number]

/** The pictures of a product: shown, added, put first, deleted. */
export function ProductImages({ productId, name }: { productId: string; name: string }) {
  const t = useWords()
  const may = useMay()
  const { data, error } = useRead('images.list-images', { product_id: productId })
  const { isBusy, upload } = useUpload(productId, name)
  const mayAdd = may('images.add-image')
  const drop = (event: React.DragEvent) => {
    event.preventDefault()
    if (mayAdd) void upload([...event.dataTransfer.files])
  }
  if (!data) return <Pending error={error} />
  return (
    <Paper withBorder p="md" h="100%" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {t('title')}
        </Title>
        {mayAdd ? (
          <FileButton onChange={(files) => void upload(files)} accept="image/png,image/jpeg,image/webp" multiple>
            {(props) => (
              <Button {...props} variant="default" size="xs" leftSection={<IconUpload size={14} />} loading={isBusy}>
                {t('add')}
              </Button>
            )}
          </FileButton>
        ) : null}
      </Group>
      {data.items.length === 0 ? <Empty title={t('none')}>{mayAdd ? t('drop') : null}</Empty> : null}
      <SimpleGrid cols={{ base: 2, xs: 3, lg: 2, xl: 3 }}>
        {data.items.map((picture) => (
          <Shown key={picture.id} picture={picture} name={name} />
        ))}
      </SimpleGrid>
    </Paper>
  )
}

function useUpload(productId: string, name: string) {
  const [isBusy, setBusy] = useState(false)
  const add = useCommand('images.add-image', ['catalog'])
  const upload = async (files: readonly File[]) => {
    setBusy(true)
    for (const file of files) {
      try {
        const content = await base64Of(file)
        await add.mutateAsync({ product_id: productId, content, alt_texts: [{ locale: words.language, text: name }] })
      } catch (error) {
        tell(error)
      }
    }
    setBusy(false)
  }
  return { isBusy, upload }
}

function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
}

function Shown({ picture, name }: { picture: Picture; name: string }) {
  const t = useWords()
  const may = useMay()
  const address = usePictureAddress()
  const change = useCommand('images.update-image', ['catalog'])
  const remove = useCommand('images.delete-image', ['catalog'])
  const { id, version, sha256, is_primary, alt_texts } = picture
  const ask = () =>
    confirm({
      title: t('deleteTitle'),
      says: t('deleteSays'),
      button: t('delete'),
      act: () => remove.mutate({ id, version }, { onError: tell }),
    })
  const alt = alt_texts.find(({ locale }) => locale === words.language)?.text ?? alt_texts[0]?.text ?? name
  return (
    <Box>
      <Image src={address(sha256)} alt={alt} radius="md" fit="contain" h={132} loading="lazy" />
      <Group justify="space-between" mt={4}>
        {is_primary ? (
          <Group gap={4} c="dimmed">
            <IconStarFilled size={14} aria-hidden />
            <Text size="xs">{t('primary')}</Text>
          </Group>
        ) : null}
        {!is_primary && may('images.update-image') ? (
          <Tooltip label={t('makePrimary')}>
            <ActionIcon
              variant="subtle"
              aria-label={t('makePrimary')}
              onClick={() => change.mutate({ id, version, is_primary: true }, { onError: tell })}
            >
              <IconStar size={16} />
            </ActionIcon>
          </Tooltip>
        ) : null}
        {may('images.delete-image') ? (
          <ActionIcon variant="subtle" color="red" aria-label={t('delete')} onClick={ask}>
            <IconTrash size={16} />
          </ActionIcon>
        ) : null}
      </Group>
    </Box>
  )
}
