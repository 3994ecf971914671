import { type Money, money } from '../platform/money.ts'

/**
 * By how many standard deviations a stock must exceed the expected demand to be enough in `percent` of all cases: the
 * quantile of the standard normal distribution. `percent` lies between 0.0001 and 99.9999. Wichura, Algorithm AS 241
 * (PPND16), Applied Statistics 37 (1988), 477-484: right to about 1 part in 10^16, in exact decimals the error of its
 * rational functions alone.
 */
export function normalQuantile(percent: Money): Money {
  const text = percent.toString()
  const quantile = known.get(text) ?? compute(percent)
  if (known.size < 1_000) known.set(text, quantile)
  return quantile
}

// Stock is surveyed by the hundred thousand, and there are few service levels.
const known = new Map<string, Money>()

function compute(percent: Money): Money {
  const q = percent.dividedBy(100).minus('0.5')
  if (q.abs().lessThanOrEqualTo('0.425')) {
    const r = money('0.180625').minus(q.times(q))
    return q.times(polynomial(centre.over, r)).dividedBy(polynomial(centre.under, r))
  }
  const tail = money('0.5').minus(q.abs())
  const r = tail.ln().negated().sqrt()
  if (r.greaterThan(5)) throw new Error('the tail is thinner than this approximation is given for')
  const z = polynomial(beyond.over, r.minus('1.6')).dividedBy(polynomial(beyond.under, r.minus('1.6')))
  return q.isNegative() ? z.negated() : z
}

function polynomial(coefficients: readonly Money[], x: Money): Money {
  return coefficients.reduceRight((sum, coefficient) => sum.times(x).plus(coefficient), money('0'))
}

const centre = {
  over: [
    '3.3871328727963666080',
    '133.14166789178437745',
    '1971.5909503065514427',
    '13731.693765509461125',
    '45921.953931549871457',
    '67265.770927008700853',
    '33430.575583588128105',
    '2509.0809287301226727',
  ].map(money),
  under: [
    '1',
    '42.313330701600911252',
    '687.18700749205790830',
    '5394.1960214247511077',
    '21213.794301586595867',
    '39307.895800092710610',
    '28729.085735721942674',
    '5226.4952788528545610',
  ].map(money),
}

const beyond = {
  over: [
    '1.42343711074968357734',
    '4.63033784615654529590',
    '5.76949722146069140550',
    '3.64784832476320460504',
    '1.27045825245236838258',
    '0.241780725177450611770',
    '0.0227238449892691845833',
    '0.000774545014278341407640',
  ].map(money),
  under: [
    '1',
    '2.05319162663775882187',
    '1.67638483018380384940',
    '0.689767334985100004550',
    '0.148103976427480074590',
    '0.0151986665636164571966',
    '0.000547593808499534494600',
    '0.00000000105075007164441684324',
  ].map(money),
}
