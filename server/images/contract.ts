import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, line, locale, time, version } from '../platform/schema.ts'
import { types } from './read-picture.ts'

export const permissions = { viewImages: 'images.view-images', manageImages: 'images.manage-images' } as const

/** The largest file that is taken, in bytes. */
const mostBytes = 5 * 1024 * 1024
/** The most images that a product has, those of its variants counted. */
export const mostImages = 50

const content = z
  .string()
  .min(4)
  .max(Math.ceil(mostBytes / 3) * 4)
  .regex(/^[A-Za-z0-9+/]+={0,2}$/, { error: 'must be base64' })
  .refine((text) => text.length % 4 === 0, { error: 'must be base64' })
  // A picture may show a person, and say where it was taken: it enters no chain.
  .meta({ personal: true, description: 'A PNG, JPEG or WebP of at most 5 MiB and 40 million pixels, in base64.' })
const altTexts = z
  .array(z.strictObject({ locale, text: line(300) }))
  .max(50)
  .refine((all) => new Set(all.map((one) => one.locale)).size === all.length, { error: 'must have one for a locale' })
  .meta({ description: 'What is to be seen, for those who do not see it.' })
const position = z.int().min(0).max(10_000).meta({ description: 'Its place among the others, the lowest first.' })

export const byId = z.strictObject({ id })
export const endInput = z.strictObject({ id, version })
export const listImagesInput = z.strictObject({ product_id: id })
export const addImageInput = z.strictObject({
  id: id.optional(),
  product_id: id,
  variant_id: id.optional().meta({ description: 'The variant it is of; of all of them unless given.' }),
  content,
  alt_texts: altTexts.default([]),
  position: position.optional().meta({ description: 'Its place among the others; the last unless given.' }),
  is_primary: z.boolean().default(false).meta({ description: 'The first one is primary anyway.' }),
})
export const updateImageInput = z.strictObject({
  id,
  version,
  alt_texts: altTexts.optional(),
  position: position.optional(),
  is_primary: z.literal(true).optional().meta({ description: 'Makes this the primary one in place of the other.' }),
})
export const image = z.object({
  id,
  product_id: id,
  variant_id: id.nullable(),
  sha256: z.string(),
  type: z.enum(types),
  bytes: z.int(),
  width: z.int(),
  height: z.int(),
  path: z.string().meta({ description: 'Where the file is read, with a session or an API key. It never changes.' }),
  alt_texts: z.array(z.object({ locale: z.string(), text: z.string() })),
  position: z.int(),
  is_primary: z.boolean(),
  version,
  created_at: time,
  updated_at: time,
})
export const picture = z.object({ id: id.meta({ description: 'Of the product.' }), sha256: z.string() })
export const images = z.object({ items: z.array(image) })

export const imageTypeUnknown = refusal('image_type_unknown', 422, 'An image is a PNG, a JPEG or a WebP')
export const imageMalformed = refusal('image_malformed', 422, 'The image is cut short or broken')
export const imageTooLarge = refusal(
  'image_too_large',
  422,
  'An image has at most 40 million pixels, and 10,000 on a side',
)
export const tooManyImages = refusal('too_many_images', 409, 'A product has at most 50 images')
