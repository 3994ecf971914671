export function Sales() { return null }
