export function Sale() { return null }
