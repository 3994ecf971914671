import type { RefusalWords } from './refusal-words.ts'

export const dToL: RefusalWords = {
  date_out_of_range: [
    'Le jour est antérieur à 1970 ou à plus d’un an d’ici.',
    'التاريخ قبل عام 1970 أو بعد أكثر من سنة من الآن.',
  ],
  dates_crossed: ['Le premier jour ne peut pas suivre le dernier.', 'لا يمكن أن يكون اليوم الأول بعد الأخير.'],
  day_missing: [
    'Un document porte son jour ou l’heure à laquelle il a été établi.',
    'يحمل المستند يومه أو وقت إصداره.',
  ],
  day_not_yet_come: ['Le stock ne peut pas bouger à une date future.', 'لا يتحرك المخزون في يوم لم يحن بعد.'],
  denominations_differ: [
    'Les pièces et billets ne correspondent pas au montant compté.',
    'مجموع القطع والأوراق لا يطابق المبلغ المعدود.',
  ],
  device_bound: [
    'Cet appareil est rattaché à un poste de caisse ; détachez-le d’abord.',
    'هذا الجهاز مربوط بصندوق؛ افصله أولًا.',
  ],
  device_credential_wrong: ['Ce n’est pas l’identifiant de cet appareil.', 'هذه ليست بيانات اعتماد هذا الجهاز.'],
  device_not_done: [
    'L’appareil n’a pas confirmé avoir tout transmis ; indiquez pourquoi vous le détachez quand même.',
    'لم يؤكد الجهاز وصول كل ما سجّله؛ اذكر سبب فصله رغم ذلك.',
  ],
  device_not_found: ['Cet appareil n’existe pas.', 'هذا الجهاز غير موجود.'],
  device_revoked: ['Cet appareil est révoqué.', 'هذا الجهاز ملغى.'],
  device_unbound: ['Cet appareil n’est rattaché à aucun poste de caisse.', 'هذا الجهاز غير مربوط بأي صندوق.'],
  discount_beyond_amount: ['La remise dépasse le montant de la ligne.', 'الخصم أكبر من مبلغ السطر.'],
  discount_beyond_basket: [
    'Une remise ne peut pas dépasser le total du panier.',
    'لا يمكن أن يتجاوز الخصم إجمالي السلة.',
  ],
  discount_beyond_line: [
    'Une remise ne peut pas dépasser le montant de sa ligne.',
    'لا يمكن أن يتجاوز الخصم مبلغ سطره.',
  ],
  discount_beyond_permission: [
    'Cette remise dépasse ce qui vous est permis ; adressez-vous à un responsable.',
    'هذا الخصم أكبر مما يُسمح لك به؛ اطلبه ممن يحق له.',
  ],
  discount_not_positive: ['Une remise doit être supérieure à zéro.', 'يجب أن يكون الخصم أكبر من صفر.'],
  discount_too_large: [
    'Une remise ne dépasse pas sa ligne et en a le signe.',
    'لا يتجاوز الخصم سطره وله الإشارة نفسها.',
  ],
  document_amount_too_fine: ['Un montant a trop de décimales.', 'لأحد المبالغ منازل عشرية أكثر مما يجب.'],
  document_in_future: ['Le jour du document n’est pas encore venu.', 'لم يحن يوم المستند بعد.'],
  document_number_taken: [
    'Un autre document de cette source porte ce numéro.',
    'يحمل مستند آخر من هذا المصدر هذا الرقم.',
  ],
  document_refunded: [
    'Des remboursements de cette vente comptent encore.',
    'لا تزال مبالغ مستردة من هذا البيع محتسبة.',
  ],
  document_too_large: ['Un montant a plus de 15 chiffres.', 'لأحد المبالغ أكثر من 15 رقمًا.'],
  domain_taken: ['Ce domaine appartient à une autre entreprise.', 'هذا النطاق يخص منشأة أخرى.'],
  drawer_short: ['Il n’y en a pas autant dans le tiroir.', 'لا يوجد هذا القدر في الدرج.'],
  drawer_short_blind: [
    'Il n’y en a pas autant dans le tiroir ; le comptage est à l’aveugle et chaque essai est enregistré.',
    'لا يوجد هذا القدر في الدرج؛ العدّ أعمى وكل محاولة تُسجَّل.',
  ],
  employee_exists: ['Cette personne a déjà une place dans cette entreprise.', 'لهذا الشخص مكان في هذه المنشأة بالفعل.'],
  employee_not_found: ['Cet employé n’existe pas.', 'هذا الموظف غير موجود.'],
  entity_inactive: [
    'Cette entité juridique n’ouvre plus de points de vente.',
    'لم يعد هذا الكيان القانوني يفتح فروعًا.',
  ],
  entity_not_found: ['Cette entité juridique n’existe pas.', 'هذا الكيان القانوني غير موجود.'],
  exception_own: [
    'Ce qui touche à votre propre vente, ou que vous avez transmis, est réglé par quelqu’un d’autre.',
    'ما يخص بيعك أنت أو ما أرسلته يسوّيه شخص آخر.',
  ],
  expiry_before_manufacture: ['La péremption précède la fabrication.', 'تاريخ انتهاء الصلاحية قبل تاريخ التصنيع.'],
  expiry_out_of_range: [
    'La réservation doit finir dans le futur, et dans la durée permise.',
    'يجب أن ينتهي الحجز في المستقبل وضمن المدة المسموح بها.',
  ],
  expiry_past: ['La clé serait déjà expirée.', 'سيكون المفتاح منتهيًا بالفعل.'],
  expiry_required: [
    'Cet article se périme : indiquez sa date de péremption.',
    'هذا الصنف له صلاحية: حدّد تاريخ انتهائها.',
  ],
  forbidden: ['Vous n’avez pas l’autorisation nécessaire.', 'ليست لديك الصلاحية اللازمة.'],
  foreign_amounts_differ: ['Les deux montants ne concordent pas à ce cours.', 'المبلغان لا يتطابقان بهذا السعر للصرف.'],
  from_after_until: ['Le début est postérieur à la fin.', 'وقت البداية بعد وقت النهاية.'],
  goods_missing: ['Une ligne indique ce qui a été vendu.', 'يحدد السطر ما بيع.'],
  goods_on_adjustment: [
    'Une régularisation porte des montants, ni articles ni taxes.',
    'التسوية مبالغ فقط، بلا بضائع ولا ضرائب.',
  ],
  grants_too_much: ['Vous ne pouvez pas accorder un droit que vous n’avez pas.', 'لا يمكنك منح صلاحية لا تملكها.'],
  gs1_date_invalid: ['Une date du code n’existe pas au calendrier.', 'في الرمز تاريخ لا وجود له في التقويم.'],
  gs1_malformed: ['Ce code n’a pas la forme GS1.', 'هذا الرمز ليس بصيغة GS1.'],
  history_original_not_found: ['Il n’y a pas de telle vente à rembourser.', 'لا يوجد بيع كهذا يُرد مبلغه.'],
  idempotency_key_reused: [
    'Cette opération a déjà été envoyée avec d’autres données.',
    'سبق إرسال هذه العملية ببيانات أخرى.',
  ],
  image_malformed: ['L’image est incomplète ou endommagée.', 'الصورة ناقصة أو تالفة.'],
  image_too_large: [
    'Une image a au plus 40 millions de pixels, et 10 000 de côté.',
    'للصورة 40 مليون بكسل على الأكثر، و10000 لكل ضلع.',
  ],
  image_type_unknown: ['Une image est au format PNG, JPEG ou WebP.', 'يجب أن تكون الصورة بصيغة PNG أو JPEG أو WebP.'],
  insufficient_stock: ['Il n’en reste pas autant en stock.', 'لا تتوفر هذه الكمية في المخزون.'],
  internal: [
    'Un problème est survenu de notre côté ; le journal en garde la trace.',
    'حدث خطأ من جهتنا؛ وتفاصيله في السجل.',
  ],
  invalid_cursor: [
    'La suite de cette liste n’est plus valable ; rechargez-la.',
    'لم تعد تتمة هذه القائمة صالحة؛ أعد تحميلها.',
  ],
  invalid_idempotency_key: [
    'La clé de l’opération doit avoir de 1 à 255 caractères visibles.',
    'يجب أن يتكون مفتاح العملية من 1 إلى 255 حرفًا مرئيًا.',
  ],
  invitation_invalid: [
    'Cette invitation n’est plus valable ; demandez-en une nouvelle.',
    'هذه الدعوة غير صالحة؛ اطلب دعوة جديدة.',
  ],
  invitation_open: ['Cette personne n’a pas encore accepté l’invitation.', 'لم يقبل هذا الشخص الدعوة بعد.'],
  journal_unbalanced: ['Le débit et le crédit ne s’équilibrent pas.', 'المدين والدائن غير متساويين.'],
  kind_has_no_expiry: ['Seul un article stocké a une date de péremption.', 'تاريخ الصلاحية للأصناف المخزنة فقط.'],
  kit_empty: ['Ce lot composé ne contient rien.', 'هذا الطقم فارغ.'],
  kit_in_kit: [
    'Un lot composé ne peut pas en contenir un autre, ni lui-même.',
    'لا يمكن أن يحتوي الطقم على طقم آخر ولا على نفسه.',
  ],
  label_barcode_missing: ['Cet article n’a pas de code-barres à imprimer.', 'ليس لهذا الصنف باركود للطباعة.'],
  label_batch_not_found: ['Cet article n’a pas de lot de ce numéro.', 'لا توجد هذه التشغيلة لهذا الصنف.'],
  label_gtin_missing: [
    'Un code-barres GS1 demande un numéro EAN, UPC ou ITF-14.',
    'يتطلب باركود GS1 رقم EAN أو UPC أو ITF-14.',
  ],
  label_lot_unfit: [
    'Un code-barres GS1 admet un numéro de lot d’au plus 20 caractères de son jeu.',
    'يقبل باركود GS1 رقم تشغيلة من 20 حرفًا من حروفه على الأكثر.',
  ],
  label_pack_not_found: ['Cet article n’a pas ce conditionnement.', 'لا توجد هذه العبوة لهذا الصنف.'],
  label_png_is_one: [
    'Un PNG est une seule étiquette sur rouleau : demandez un PDF.',
    'ملف PNG ملصق واحد على لفافة: اطلب PDF.',
  ],
  label_too_small: ['Le code-barres ne tient pas sur cette étiquette.', 'لا يتسع هذا الملصق للباركود.'],
  label_unit_unfit: [
    'Le contenu se mesure en masse, volume, longueur ou surface.',
    'يُقاس المحتوى بالكتلة أو الحجم أو الطول أو المساحة.',
  ],
  last_owner: [
    'Quelqu’un doit garder un rôle avec tous les droits dans toute l’entreprise.',
    'يجب أن يحتفظ أحدهم بدور له كل الصلاحيات في المنشأة كلها.',
  ],
  last_variant: [
    'Un produit a au moins une variante : supprimez plutôt le produit.',
    'للمنتج متغير واحد على الأقل: احذف المنتج بدلًا من ذلك.',
  ],
  limits_crossed: ['Le plancher ne peut pas dépasser le plafond.', 'لا يمكن أن يتجاوز الحد الأدنى الحد الأعلى.'],
  line_not_returnable: ['La vente d’origine n’a pas cette ligne.', 'لا يوجد هذا السطر في البيع الأصلي.'],
  lines_not_counted: ['Des lignes ne sont pas encore comptées.', 'بعض الأسطر لم تُعدّ بعد.'],
  link_invalid: [
    'Ce lien a déjà servi, a expiré ou n’est pas valable.',
    'هذا الرابط استُخدم أو انتهت صلاحيته أو غير صحيح.',
  ],
  locked_out: [
    'Trop d’échecs : attendez, ou choisissez un nouveau mot de passe par un lien envoyé à votre adresse.',
    'محاولات فاشلة كثيرة: انتظر، أو عيّن كلمة مرور جديدة برابط يُرسل إلى بريدك.',
  ],
}
