export function Parties() { return null }
