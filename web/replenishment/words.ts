import { defineWords } from '../ui/words.ts'

/** What the screens about reordering say. */
export const useReorderWords = defineWords('reorder', {
  reorder: ['Reorder', 'Réapprovisionnement', 'إعادة الطلب'],
  alerts: ['Alerts', 'Alertes', 'التنبيهات'],
  plan: ['Order plan', 'Plan de commande', 'خطة الطلب'],
  policies: ['Policies', 'Règles de stock', 'سياسات المخزون'],
  goods: ['Goods', 'Article', 'الصنف'],
  quantity: ['Quantity', 'Quantité', 'الكمية'],
  available: ['Available', 'Disponible', 'متاح'],
  inTransit: ['On the way', 'En route', 'في الطريق'],
  toOrder: ['To order', 'À commander', 'يُطلب'],
  packs: ['Packs', 'Colis', 'العبوات'],
  supplier: ['Supplier', 'Fournisseur', 'المورّد'],
  perDay: ['Sold a day', 'Ventes par jour', 'المبيع يوميًا'],
  daysOfSupply: ['Days of supply', 'Jours de couverture', 'أيام التغطية'],
  reorderPoint: ['Reorder point', 'Seuil de commande', 'حد إعادة الطلب'],
  minimum: ['Minimum', 'Minimum', 'الحد الأدنى'],
  maximum: ['Maximum', 'Maximum', 'الحد الأقصى'],
  reorderQuantity: ['Order quantity', 'Quantité à commander', 'كمية الطلب'],
  safetyStock: ['Safety stock', 'Stock de sécurité', 'مخزون الأمان'],
  leadTime: ['Lead time in days', 'Délai en jours', 'مهلة التوريد بالأيام'],
  serviceLevel: ['Service level in %', 'Taux de service en %', 'مستوى الخدمة %'],
  daysTarget: ['Fill up for days', 'Couverture visée en jours', 'التغطية المستهدفة بالأيام'],
  from: ['From', 'À partir du', 'من'],
  through: ['Through', 'Jusqu’au', 'حتى'],
})
