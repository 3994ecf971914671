export function Party() { return null }
