export function Trace(_: { subject: { recall_id?: string; batch_id?: string } }) {
  return null
}
