import { productNotFound, variantNotFound } from '../catalog/index.ts'
import { command, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { found, lookUpInput } from '../platform/schema.ts'
import * as contract from './contract.ts'
import { addImage, changeImage, deleteImage, listImages, readImage } from './images.ts'
import { primaryFilesOfProducts } from './queries.ts'

const { permissions } = contract

const imageQueries = [
  query({
    name: 'images.list-images',
    route: 'GET /v1/images',
    summary: 'The images of a product and of its variants, in their order.',
    permission: permissions.viewImages,
    reach: 'any',
    input: contract.listImagesInput,
    output: contract.images,
    refusals: [productNotFound],
    handle: async (context, { product_id }) => ({ items: await listImages(context, product_id) }),
  }),
  query({
    name: 'images.look-up-pictures',
    route: 'GET /v1/look-ups/pictures',
    summary: 'The picture that each of these products is shown by, by ids of products.',
    permission: permissions.viewImages,
    reach: 'any',
    input: lookUpInput,
    output: found(contract.picture),
    handle: async (context, { ids }) => ({ items: await primaryFilesOfProducts(context, ids) }),
  }),
  query({
    name: 'images.get-image',
    route: 'GET /v1/images/:id',
    summary: 'One image; its file is read at its path.',
    permission: permissions.viewImages,
    reach: 'any',
    input: contract.byId,
    output: contract.image,
    handle: (context, { id }) => readImage(context, id),
  }),
] as const

/** Images of products and variants. The directory is where their files are. */
export function imageOperations({ imageDirectory }: { imageDirectory: string }) {
  return [
    ...imageQueries,
    command({
      name: 'images.add-image',
      route: 'POST /v1/images',
      summary: 'Add an image to a product or to one of its variants.',
      permission: permissions.manageImages,
      reach: 'any',
      mostBytes: 8 * 1024 * 1024,
      input: contract.addImageInput,
      output: contract.image,
      refusals: [
        contract.imageTypeUnknown,
        contract.imageMalformed,
        contract.imageTooLarge,
        contract.tooManyImages,
        productNotFound,
        variantNotFound,
        platformRefusals.alreadyExists,
      ],
      handle: (context, input) => addImage(context, imageDirectory, input),
    }),
    command({
      name: 'images.update-image',
      route: 'PATCH /v1/images/:id',
      summary: 'Change what is said of an image or its place, or make it the primary one.',
      permission: permissions.manageImages,
      reach: 'any',
      input: contract.updateImageInput,
      output: contract.image,
      handle: changeImage,
    }),
    command({
      name: 'images.delete-image',
      route: 'DELETE /v1/images/:id',
      summary: 'End an image; where it was the primary one, the next is.',
      permission: permissions.manageImages,
      reach: 'any',
      input: contract.endInput,
      output: contract.image,
      handle: deleteImage,
    }),
  ] as const
}
