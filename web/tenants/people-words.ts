import { defineWords } from '../ui/words.ts'

/** What the screens of people and roles say. */
export const usePeopleWords = defineWords('people', {
  people: ['People', 'Équipe', 'فريق العمل'],
  roles: ['Roles', 'Rôles', 'الأدوار'],
  about: [
    'Who works here, what they may do and where.',
    'Qui travaille ici, avec quels droits et où.',
    'من يعمل هنا وما المسموح له وأين.',
  ],
  name: ['Name', 'Nom', 'الاسم'],
  email: ['E-mail address', 'Adresse e-mail', 'البريد الإلكتروني'],
  state: ['State', 'État', 'الحالة'],
  worksIn: ['Works in', 'Travaille dans', 'مكان العمل'],
  whole: ['The whole business', 'Toute l’entreprise', 'المنشأة كلها'],
  part: ['A part of it', 'Une partie', 'جزء منها'],
  pin: ['Till PIN', 'Code de caisse', 'رمز نقطة البيع'],
  pinSet: ['Set', 'Défini', 'محدد'],
  pinNotSet: ['Not set', 'Non défini', 'غير محدد'],
  invited: ['Invited', 'Invité', 'مدعو'],
  active: ['Active', 'Actif', 'نشط'],
  suspended: ['Suspended', 'Suspendu', 'موقوف'],
  ended: ['Left', 'Parti', 'غادر'],
  invite: ['Invite somebody', 'Inviter quelqu’un', 'دعوة شخص'],
  sendInvite: ['Send the invitation', 'Envoyer l’invitation', 'إرسال الدعوة'],
  inviteSays: [
    'They get a mail with a link that opens for seven days.',
    'Un e-mail lui sera envoyé avec un lien valable sept jours.',
    'سيصله بريد فيه رابط صالح سبعة أيام.',
  ],
  inviteSent: ['The invitation is on its way.', 'L’invitation est en route.', 'الدعوة في طريقها.'],
  nobody: ['Nobody yet', 'Personne pour l’instant', 'لا أحد بعد'],
  nobodySays: [
    'Invite the people you work with, and give each the roles they need.',
    'Invitez les personnes avec qui vous travaillez et donnez à chacune les rôles nécessaires.',
    'ادعُ من تعمل معهم وامنح كلًا منهم الأدوار التي يحتاجها.',
  ],
  entities: ['Legal entities', 'Entités juridiques', 'الكيانات القانونية'],
  regions: ['Regions', 'Régions', 'المناطق'],
  branches: ['Branches', 'Points de vente', 'الفروع'],
  department: ['Department', 'Service', 'القسم'],
  place: ['Place of work', 'Fiche', 'بيانات العمل'],
  self: [
    'This is you. Somebody else has to suspend or remove you.',
    'C’est vous. Une autre personne doit vous suspendre ou vous retirer.',
    'هذا أنت. على شخص آخر أن يوقفك أو يزيلك.',
  ],
  invitedAt: ['Invited as', 'Invité à l’adresse', 'دُعي على'],
  opensUntil: ['Link opens until', 'Lien valable jusqu’au', 'الرابط صالح حتى'],
  resend: ['Send again', 'Renvoyer', 'إعادة الإرسال'],
  cancelInvite: ['Take the invitation back', 'Annuler l’invitation', 'سحب الدعوة'],
  cancelTitle: ['Take the invitation back?', 'Annuler l’invitation ?', 'سحب الدعوة؟'],
  cancelSays: [
    'The link in the mail stops working, and the place of {{name}} is closed.',
    'Le lien de l’e-mail ne fonctionnera plus, et la place de {{name}} sera fermée.',
    'سيتوقف الرابط الوارد في البريد ويُغلق مكان {{name}}.',
  ],
  suspend: ['Suspend', 'Suspendre', 'إيقاف'],
  resume: ['Resume', 'Réactiver', 'استئناف'],
  suspendTitle: ['Suspend {{name}}?', 'Suspendre {{name}} ?', 'إيقاف {{name}}؟'],
  suspendSays: [
    'From the next click on nothing opens any more, also at tills. The roles are kept, and you can resume at any time.',
    'Dès le prochain clic, plus rien ne s’ouvre, y compris en caisse. Les rôles sont gardés ; vous pourrez réactiver à tout moment.',
    'ابتداءً من النقرة التالية لن يُفتح شيء، حتى في نقاط البيع. تبقى الأدوار ويمكنك الاستئناف في أي وقت.',
  ],
  removeTitle: ['Remove {{name}}?', 'Retirer {{name}} ?', 'إزالة {{name}}؟'],
  removeSays: [
    'Their place ends for good: roles, till PIN and API keys go with it. What they did stays in the records under their name. To come back, they need a new invitation.',
    'Sa place prend fin définitivement, avec ses rôles, son code de caisse et ses clés d’API. Ce qui a été fait reste enregistré à son nom. Pour revenir, il faudra une nouvelle invitation.',
    'ينتهي مكانه نهائيًا مع أدواره ورمزه ومفاتيح الواجهة البرمجية. ويبقى ما فعله مسجلًا باسمه. وللعودة يحتاج إلى دعوة جديدة.',
  ],
  clearPin: ['Clear the till PIN', 'Effacer le code de caisse', 'مسح رمز نقطة البيع'],
  clearPinTitle: ['Clear the till PIN?', 'Effacer le code de caisse ?', 'مسح رمز نقطة البيع؟'],
  clearPinSays: [
    '{{name}} can no longer switch in or approve at shared tills until they set a new one on their account page.',
    '{{name}} ne pourra plus s’identifier ni valider aux caisses partagées avant d’en définir un autre sur sa page de compte.',
    'لن يتمكن {{name}} من الدخول أو الموافقة في نقاط البيع المشتركة حتى يحدد رمزًا جديدًا في صفحة حسابه.',
  ],
  newRole: ['New role', 'Nouveau rôle', 'دور جديد'],
  rolesAbout: [
    'A role is a set of things somebody may do. People hold one or several.',
    'Un rôle est un ensemble de droits. Chacun peut en avoir un ou plusieurs.',
    'الدور مجموعة صلاحيات. وقد يحمل الشخص دورًا أو أكثر.',
  ],
  kind: ['Kind', 'Type', 'النوع'],
  readyMade: ['Ready-made', 'Prêt à l’emploi', 'جاهز'],
  edited: ['Ready-made, edited', 'Prêt à l’emploi, modifié', 'جاهز ومعدّل'],
  own: ['Your own', 'Personnalisé', 'خاص بكم'],
  permissions: ['Permissions', 'Droits', 'الصلاحيات'],
  everything: [
    'Everything, also what later versions bring',
    'Tout, y compris ce que les versions futures apporteront',
    'كل شيء، وما تأتي به الإصدارات اللاحقة',
  ],
  reset: ['Back to ready-made', 'Revenir au rôle d’origine', 'العودة إلى الأصل'],
  resetTitle: ['Back to the ready-made role?', 'Revenir au rôle d’origine ?', 'العودة إلى الدور الجاهز؟'],
  resetSays: [
    'What you changed is lost, for everybody who holds it, and it follows what later versions make of it.',
    'Vos modifications sont perdues pour toutes les personnes qui l’ont ; il suivra les versions futures.',
    'يضيع ما عدّلته لكل من يحمل هذا الدور، ويتبع ما تجعله منه الإصدارات اللاحقة.',
  ],
  changesAll: [
    'A change holds at once for everybody with this role.',
    'Une modification vaut aussitôt pour toutes les personnes qui ont ce rôle.',
    'يسري التعديل فورًا على كل من يحمل هذا الدور.',
  ],
  chosen: ['{{count}} of {{all}}', '{{count}} sur {{all}}', '{{count}} من {{all}}'],
  wholeGroup: ['Choose all: {{name}}', 'Tout choisir : {{name}}', 'اختيار الكل: {{name}}'],
  pickOne: ['Choose at least one permission.', 'Choisissez au moins un droit.', 'اختر صلاحية واحدة على الأقل.'],
})

const usePresets = defineWords('role-presets', {
  owner: ['Owner', 'Propriétaire', 'المالك'],
  admin: ['Administrator', 'Administrateur', 'مدير النظام'],
  manager: ['Manager', 'Responsable', 'مدير'],
  pharmacist: ['Pharmacist', 'Pharmacien', 'صيدلي'],
  cashier: ['Cashier', 'Caissier', 'أمين الصندوق'],
  accountant: ['Accountant', 'Comptable', 'محاسب'],
  auditor: ['Auditor', 'Auditeur', 'مدقق'],
  operator: ['Operator', 'Opérateur', 'مشغّل'],
  vendor: ['Vendor', 'Fournisseur', 'مورّد'],
  retailer: ['Retailer', 'Détaillant', 'تاجر تجزئة'],
  viewer: ['Viewer', 'Lecteur', 'مطّلع'],
  waiter: ['Waiter', 'Serveur', 'نادل'],
  kitchen: ['Kitchen', 'Cuisine', 'المطبخ'],
})

/** What a role is called: ready-made ones that nobody renamed in the language of the reader. */
export function useRoleName(): (role: { name: string; made_from: string | null }) => string {
  const t = usePresets()
  return ({ name, made_from }) => (made_from === name ? t(name as Parameters<typeof t>[0]) : name)
}
