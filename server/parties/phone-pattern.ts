/** A telephone number as people write it, such as +212 522 27 31 04. */
export const phonePattern = /^\+?[0-9][0-9 ().-]{2,28}[0-9]$/
