type OtherWords = readonly [french: string, arabic: string]

/**
 * What a field is told that the schema of an operation refuses, by how the server says it; `$1` and `$2` are what stands
 * there. The first that fits counts.
 */
export const fieldWords: readonly (readonly [says: RegExp, words: OtherWords])[] = [
  [/received (?:undefined|null)$|string to have >=1 characters$/, ['À remplir.', 'هذا الحقل مطلوب.']],
  [/array to have >=1 items$/, ['Il en faut au moins un.', 'يلزم واحد على الأقل.']],
  [/array to have >=(\d+) items$/, ['Il en faut au moins $1.', 'الحد الأدنى للعدد $1.']],
  [/array to have <=(\d+) items$/, ['$1 au plus.', 'الحد الأقصى للعدد $1.']],
  [/string to have >=(\d+) characters$/, ['Au moins $1 caractères.', 'الحد الأدنى للأحرف $1.']],
  [/string to have <=(\d+) characters$/, ['$1 caractères au plus.', 'الحد الأقصى للأحرف $1.']],
  [/to be >=(-?[\d.]+)$/, ['Au moins $1.', 'لا يقل عن $1.']],
  [/to be <=(-?[\d.]+)$/, ['$1 au plus.', 'لا يزيد على $1.']],
  [/to be >(-?[\d.]+)$/, ['Plus que $1.', 'يجب أن يكون أكبر من $1.']],
  [/to be <(-?[\d.]+)$/, ['Moins que $1.', 'يجب أن يكون أقل من $1.']],
  [/expected int,|must be a whole number$/, ['Un nombre entier est attendu.', 'المطلوب عدد صحيح.']],
  [/expected number,/, ['Un nombre est attendu.', 'المطلوب عدد.']],
  [
    /decimal string above zero with at most (\d+) digits and (\d+) decimals/,
    [
      'Un nombre supérieur à zéro, de $1 chiffres et $2 décimales au plus.',
      'المطلوب عدد أكبر من الصفر، بما لا يزيد على $1 رقمًا و$2 من المنازل العشرية.',
    ],
  ],
  [
    /decimal string, not negative, with at most (\d+) digits and (\d+) decimals/,
    [
      'Un nombre non négatif, de $1 chiffres et $2 décimales au plus.',
      'المطلوب عدد غير سالب، بما لا يزيد على $1 رقمًا و$2 من المنازل العشرية.',
    ],
  ],
  [
    /decimal string (?:with|of) at most (\d+) digits and (\d+) decimals/,
    [
      'Un nombre de $1 chiffres et $2 décimales au plus.',
      'المطلوب عدد بما لا يزيد على $1 رقمًا و$2 من المنازل العشرية.',
    ],
  ],
  [
    /decimal string from 0 to 100, in percent/,
    ['Un pourcentage de 0 à 100, avec 6 décimales au plus.', 'المطلوب نسبة من 0 إلى 100، بست منازل عشرية على الأكثر.'],
  ],
  [/^must be above zero$/, ['Plus que zéro.', 'يجب أن يكون أكبر من الصفر.']],
  [/^must not be (?:below zero|negative)/, ['Pas moins que zéro.', 'يجب ألا يقل عن الصفر.']],
  [/email address$/i, ['Une adresse e-mail est attendue.', 'المطلوب عنوان بريد إلكتروني.']],
  [/ISO date$/, ['Une date est attendue.', 'المطلوب تاريخ.']],
  [/^must be .+ such as ([^;]+)/, ['Attendu sous la forme : $1', 'المطلوب على نحو: $1']],
]

/** Where none fits: the English of the server stands beneath. */
export const otherFieldWords: OtherWords = ['Ce n’est pas ce qui est attendu ici.', 'ليس هذا هو المطلوب هنا.']
