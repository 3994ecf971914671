import type { Phrase } from '../ui/words.ts'

/** In French and Arabic; what the server says itself is English. */
type OtherWords = readonly [french: string, arabic: string]

interface SettingWords {
  readonly name: Phrase
  readonly help: OtherWords
  readonly takes: OtherWords
}

// biome-ignore format: a phrase a line
/** What every setting of the server is called, does and takes. */
export const settingWords: Readonly<Record<string, SettingWords>> = {
  'cash.blind-count': {
    name: ['Blind count', 'Comptage à l’aveugle', 'عدّ أعمى'],
    help: ['Qui compte une session ouverte à partir de maintenant ne voit pas ce qui est attendu.', 'من يعدّ جلسة تُفتح من الآن فصاعدًا لا يرى المبلغ المتوقع.'],
    takes: ['oui ou non', 'نعم أو لا'],
  },
  'cash.pay-out-limit': {
    name: ['Limit of pay-outs', 'Plafond des sorties de caisse', 'حد المصروفات من الصندوق'],
    help: ['Le total que la personne qui a ouvert une session peut en sortir, hors versements au coffre ; au-delà, il faut quelqu’un qui gère les sessions. Dans la devise de l’entité juridique du point de vente ; vaut pour les sessions ouvertes à partir de maintenant.', 'مجموع ما يجوز لمن فتح الجلسة أن يصرفه منها، عدا ما يودع في الخزنة؛ وما زاد يصرفه من يدير الجلسات. بعملة الكيان القانوني للفرع، ويسري على الجلسات التي تُفتح من الآن فصاعدًا.'],
    takes: ['un montant tel que 200.00, ou rien pour le même plafond que l’écart admis', 'مبلغ مثل 200.00، أو لا شيء ليساوي الفرق المسموح'],
  },
  'cash.variance-threshold': {
    name: ['Difference that needs no approval', 'Écart admis sans validation', 'الفرق المسموح دون اعتماد'],
    help: ['Une session ouverte à partir de maintenant se clôture dès le comptage si l’écart ne dépasse pas ce montant ; au-delà, une autre personne valide. Dans la devise de l’entité juridique du point de vente : si vos points de vente ont des devises différentes, réglez-le pour chacun, car un même nombre n’y vaut pas autant.', 'الجلسة التي تُفتح من الآن فصاعدًا تُغلق بعد العدّ إذا لم يتجاوز الفرق هذا المبلغ؛ وإلا يعتمدها شخص آخر. بعملة الكيان القانوني للفرع: إذا اختلفت عملات فروعك فاضبطه لكل فرع، لأن الرقم الواحد لا يساوي القيمة نفسها فيها.'],
    takes: ['un montant tel que 50.00, ou rien pour l’écart admis de l’entreprise', 'مبلغ مثل 50.00، أو لا شيء لاعتماد فرق المنشأة'],
  },
  'cashiers.pin-session-hours': {
    name: ['Hours signed in by PIN', 'Durée de connexion par code (heures)', 'ساعات الدخول بالرمز'],
    help: ['Combien d’heures un caissier entré par son code reste connecté à une caisse partagée, quelle que soit son activité ; vaut pour les prochaines entrées.', 'كم ساعة يبقى أمين الصندوق الداخل برمزه متصلًا بنقطة بيع مشتركة مهما استُخدمت؛ يسري على من يدخل من الآن فصاعدًا.'],
    takes: ['un nombre entier de 1 à 168', 'عدد صحيح من 1 إلى 168'],
  },
  'cashiers.verifier-hours': {
    name: ['Hours of PINs offline', 'Codes hors ligne (heures)', 'ساعات الرموز دون اتصال'],
    help: ['Combien d’heures après son dernier échange avec le serveur une caisse accepte les codes sans lui ; vaut dès le prochain échange.', 'كم ساعة بعد آخر اتصال بالخادم تقبل نقطة البيع الرموز دونه؛ يسري من اتصالها التالي.'],
    takes: ['un nombre entier de 1 à 720', 'عدد صحيح من 1 إلى 720'],
  },
  'catalog.in-store-codes': {
    name: ['Barcodes of scales', 'Codes-barres de balance', 'باركود الموازين'],
    help: ['Comment les codes-barres imprimés par les balances portent un article et son poids ou son prix.', 'كيف يحمل الباركود الذي تطبعه الموازين الصنف ووزنه أو سعره.'],
    takes: ['une liste de modèles de 13 caractères : un préfixe (02, 20 à 29), puis I pour l’article, V pour un chiffre ignoré, W pour le poids ou P pour le prix avec son point, et C pour le chiffre de contrôle, par exemple 21IIIIIWW.WWWC', 'قائمة قوالب من 13 رقمًا: بادئة (02 أو من 20 إلى 29)، ثم I للصنف وV لرقم يُتجاوز وW للوزن أو P للسعر مع الفاصلة وC لرقم التحقق، مثل ‎21IIIIIWW.WWWC'],
  },
  'counts.freeze-hours': {
    name: ['Hours a count freezes stock', 'Gel du stock par inventaire (heures)', 'ساعات تجميد المخزون للجرد'],
    help: ['Après combien d’heures le stock gelé par un inventaire que personne n’a validé redevient mobile.', 'بعد كم ساعة يُسمح من جديد بحركة المخزون الذي جمّده جرد لم يعتمده أحد.'],
    takes: ['un nombre entier de 1 à 168', 'عدد صحيح من 1 إلى 168'],
  },
  'counts.tolerance-percent': {
    name: ['Count tolerance in percent', 'Tolérance d’inventaire en %', 'تفاوت الجرد بالنسبة المئوية'],
    help: ['Une ligne comptée qui s’écarte du stock théorique de plus de ce pourcentage est recomptée avant validation.', 'يُعاد عدّ السطر الذي يختلف عن الرصيد الدفتري بأكثر من هذه النسبة قبل الاعتماد.'],
    takes: ['un pourcentage tel que 2.5, ou rien pour aucune limite', 'نسبة مئوية مثل 2.5، أو لا شيء لعدم وجود حد'],
  },
  'counts.tolerance-value': {
    name: ['Count tolerance in value', 'Tolérance d’inventaire en valeur', 'تفاوت الجرد بالقيمة'],
    help: ['Une ligne comptée qui s’écarte du stock théorique de plus de cette valeur est recomptée avant validation ; dans la devise de l’entité juridique.', 'يُعاد عدّ السطر الذي يختلف عن الرصيد الدفتري بأكثر من هذه القيمة قبل الاعتماد؛ بعملة الكيان القانوني.'],
    takes: ['un montant tel que 50.00, ou rien pour aucune limite', 'مبلغ مثل 50.00، أو لا شيء لعدم وجود حد'],
  },
  'fx.max-age-days': {
    name: ['Age of exchange rates in days', 'Âge des taux de change (jours)', 'عمر أسعار الصرف بالأيام'],
    help: ['De combien de jours un taux coté peut précéder le jour pour lequel il vaut : à la comptabilisation, et quand celui qui demande un taux ne le précise pas.', 'بكم يوم يجوز أن يسبق سعر الصرف المعلن اليوم الذي يُعتمد فيه: عند ترحيل القيود، وحين لا يحدد طالب السعر ذلك.'],
    takes: ['un nombre entier de 0 à 366', 'عدد صحيح من 0 إلى 366'],
  },
  'identity.session-days': {
    name: ['Days a browser stays signed in', 'Durée de connexion (jours)', 'أيام بقاء الدخول'],
    help: ['Combien de jours un navigateur reste connecté ; vaut pour les connexions à venir.', 'كم يومًا يبقى المتصفح مسجل الدخول؛ يسري على الجلسات التي تبدأ من الآن فصاعدًا.'],
    takes: ['un nombre entier de 1 à 365', 'عدد صحيح من 1 إلى 365'],
  },
  'identity.till-session-days': {
    name: ['Days a till stays signed in', 'Connexion d’une caisse (jours)', 'أيام بقاء دخول نقطة البيع'],
    help: ['Combien de jours après sa dernière utilisation une caisse reste connectée ; une connexion en cours suit à sa prochaine utilisation.', 'كم يومًا بعد آخر استخدام تبقى نقطة البيع مسجلة الدخول؛ والجلسة القائمة تتبعه عند استخدامها التالي.'],
    takes: ['un nombre entier de 1 à 365', 'عدد صحيح من 1 إلى 365'],
  },
  'imports.file-days': {
    name: ['Days that imported files are kept', 'Conservation des fichiers importés (jours)', 'أيام حفظ الملفات المستوردة'],
    help: ['Pendant combien de jours un fichier importé est conservé, avec ce qu’il dit des personnes ; un import peut être annulé aussi longtemps.', 'كم يومًا يُحفظ الملف المستورد بما يقوله عن الأشخاص؛ ويمكن التراجع عن الاستيراد طوال هذه المدة.'],
    takes: ['un nombre de jours de 1 à 3650', 'عدد أيام من 1 إلى 3650'],
  },
  'inventory.reservation-days': {
    name: ['Days goods are reserved', 'Durée des réservations (jours)', 'أيام حجز البضائع'],
    help: ['Combien de jours au plus des articles sont réservés pour une commande, et la durée quand rien d’autre n’est dit.', 'كم يومًا على الأكثر تُحجز البضائع لطلب ما، وهي المدة حين لا يُحدد غيرها.'],
    takes: ['un nombre entier de 1 à 366', 'عدد صحيح من 1 إلى 366'],
  },
  'messaging.from': {
    name: ['Sender of mails', 'Expéditeur des e-mails', 'مرسل الرسائل'],
    help: ['L’expéditeur des e-mails ; MAIL_FROM l’emporte.', 'مرسل رسائل البريد؛ وتتقدم عليه قيمة MAIL_FROM.'],
    takes: ['Boutique <boutique@example.org>, boutique@example.org, ou rien pour no-reply à l’hôte de PUBLIC_URL', 'Shop <shop@example.org> أو shop@example.org أو لا شيء لعنوان no-reply على مضيف PUBLIC_URL'],
  },
  'messaging.reply-to': {
    name: ['Answers to mails go to', 'Réponses aux e-mails', 'عنوان الرد على الرسائل'],
    help: ['Où vont les réponses aux e-mails, par exemple à ceux qui invitent des employés.', 'إلى أين تصل الردود على الرسائل، كرسائل دعوة الموظفين.'],
    takes: ['une adresse e-mail, ou rien pour aucune', 'عنوان بريد إلكتروني، أو لا شيء'],
  },
  'messaging.smtp-url': {
    name: ['Mail server', 'Serveur d’e-mail', 'خادم البريد'],
    help: ['Le serveur par lequel partent les e-mails ; SMTP_URL l’emporte.', 'الخادم الذي تخرج منه الرسائل؛ وتتقدم عليه قيمة SMTP_URL.'],
    takes: ['smtp://utilisateur:motdepasse@hote:587, smtps://hote:465, ou rien pour aucun', 'smtp://user:password@host:587 أو smtps://host:465 أو لا شيء'],
  },
  'payments.cash-rounding-mode': {
    name: ['Rounding of cash', 'Arrondi des espèces', 'تقريب النقد'],
    help: ['Dans quel sens les espèces sont arrondies : au plus proche, vers le bas en faveur du client, ou vers le haut en faveur du magasin.', 'في أي اتجاه يُقرَّب النقد: إلى الأقرب، أو نزولًا لصالح العميل، أو صعودًا لصالح المتجر.'],
    takes: ['l’un des choix proposés', 'أحد الخيارات المعروضة'],
  },
  'payments.cash-step': {
    name: ['Smallest cash step', 'Pas d’arrondi des espèces', 'أصغر وحدة نقدية'],
    help: ['Ce qui est payé en espèces est arrondi à un multiple de ce montant ; sans valeur, c’est l’usage pour la devise.', 'يُقرَّب ما يُدفع نقدًا إلى أحد مضاعفات هذا المبلغ؛ وبلا قيمة يُتبع المعتاد للعملة.'],
    takes: ['un montant tel que 0.05, 0 pour ne pas arrondir, ou rien pour l’usage', 'مبلغ مثل 0.05، أو 0 لعدم التقريب، أو لا شيء للمعتاد'],
  },
  'payments.provider-timeout-seconds': {
    name: ['Seconds to wait for a card terminal', 'Attente du prestataire de paiement (secondes)', 'ثواني انتظار مزود الدفع'],
    help: ['Un prestataire de paiement qui ne répond pas dans ce délai est interrogé plus tard sur l’issue.', 'مزود الدفع الذي لا يجيب خلال هذه المدة يُسأل لاحقًا عما آلت إليه العملية.'],
    takes: ['un nombre entier de 1 à 50', 'عدد صحيح من 1 إلى 50'],
  },
  'quality.failing-rows-days': {
    name: ['Days that failing rows are kept', 'Conservation des lignes en défaut (jours)', 'أيام حفظ الأسطر المعيبة'],
    help: ['Pendant combien de jours les lignes en défaut d’un contrôle sont conservées avec leurs valeurs ; ses nombres restent.', 'كم يومًا تُحفظ الأسطر المعيبة في الفحص بقيمها؛ وتبقى أعداده.'],
    takes: ['un nombre entier de 1 à 730', 'عدد صحيح من 1 إلى 730'],
  },
  'replenishment.demand-window-days': {
    name: ['Days of demand measured', 'Période de demande mesurée (jours)', 'أيام قياس الطلب'],
    help: ['Sur combien de jours, jusqu’à hier, est mesurée la demande dont sont tirés les points de commande.', 'على كم يوم حتى أمس يُقاس الطلب الذي تُحسب منه نقاط إعادة الطلب.'],
    takes: ['un nombre entier de 7 à 730', 'عدد صحيح من 7 إلى 730'],
  },
  'replenishment.expiry-horizons-days': {
    name: ['Alerts before expiry, in days', 'Alertes avant péremption (jours)', 'تنبيهات قبل انتهاء الصلاحية بالأيام'],
    help: ['Combien de jours avant la péremption d’un lot une alerte apparaît : une par nombre.', 'قبل كم يوم من انتهاء صلاحية التشغيلة يظهر تنبيه: تنبيه لكل عدد.'],
    takes: ['des nombres de jours avant le dernier jour de vente du lot, une alerte pour chacun', 'أعداد أيام قبل آخر يوم يجوز فيه بيع التشغيلة، لكل منها تنبيه'],
  },
  'sales.clock-tolerance-minutes': {
    name: ['Tolerance of till clocks in minutes', 'Tolérance d’horloge des caisses (minutes)', 'تفاوت ساعة نقطة البيع بالدقائق'],
    help: ['De combien de minutes l’heure d’une caisse peut s’écarter de celle du serveur.', 'بكم دقيقة يجوز أن تختلف ساعة نقطة البيع عن ساعة الخادم.'],
    takes: ['un nombre entier de 1 à 1440', 'عدد صحيح من 1 إلى 1440'],
  },
  'sales.discount-limit-percent': {
    name: ['Discount limit in percent', 'Plafond de remise en %', 'حد الخصم بالنسبة المئوية'],
    help: ['Le pourcentage que les remises retirent au plus d’une ligne sans le droit à toute remise.', 'أقصى نسبة تخصمها التخفيضات من السطر دون صلاحية أي خصم.'],
    takes: ['un nombre de 0 à 100', 'عدد من 0 إلى 100'],
  },
  'sales.override-limit-percent': {
    name: ['Price change limit in percent', 'Plafond de modification de prix en %', 'حد تغيير السعر بالنسبة المئوية'],
    help: ['De quel pourcentage un prix est modifié au plus sans le droit à tout prix.', 'أقصى نسبة يُغيَّر بها السعر دون صلاحية أي سعر.'],
    takes: ['un nombre de 0 à 100', 'عدد من 0 إلى 100'],
  },
  'tax.prices-include-tax': {
    name: ['Prices include tax', 'Prix taxes comprises', 'الأسعار شاملة الضريبة'],
    help: ['Si les prix comprennent leurs taxes, quand un calcul ne le précise pas.', 'هل تشمل الأسعار ضرائبها حين لا يحدد الحساب ذلك.'],
    takes: ['oui, non, ou rien pour l’usage du lieu du point de vente', 'نعم أو لا، أو لا شيء للمعتاد حيث يقع الفرع'],
  },
  'valuation.base-currency': {
    name: ['Currency of stock value', 'Devise de valorisation', 'عملة تقييم المخزون'],
    help: ['La devise dans laquelle le stock d’entités juridiques aux devises différentes est présenté ensemble.', 'العملة التي يُعرض بها معًا مخزون الكيانات القانونية المختلفة العملات.'],
    takes: ['un code ISO 4217 tel que MAD, ou rien pour la devise commune des entités juridiques', 'رمز ISO 4217 مثل MAD، أو لا شيء لعملة الكيانات القانونية إن كانت واحدة'],
  },
}

/** What the choices of settings are called. */
export const choiceWords: Readonly<Record<string, Phrase>> = {
  half_up: ['To the nearest, halves up', 'Au plus proche, les moitiés vers le haut', 'إلى الأقرب، والأنصاف صعودًا'],
  half_even: [
    'To the nearest, halves to even',
    'Au plus proche, les moitiés vers le pair',
    'إلى الأقرب، والأنصاف إلى الزوجي',
  ],
  down: ['Down', 'Vers le bas', 'نزولًا'],
  up: ['Up', 'Vers le haut', 'صعودًا'],
}
