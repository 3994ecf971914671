/** Some of what stands in a column. */
export function Samples({ values }: { values: readonly string[] }) {
  return (
    <span className="import-samples">
      {values.map((value) => (
        <bdi key={value} title={value}>
          {value}
        </bdi>
      ))}
    </span>
  )
}
