/** Invented people: how they write their name, and how their address spells it. */

/** A name in its own script and in ASCII. */
export type Name = readonly [written: string, ascii: string];

interface Naming {
  /** Preferred language of people with such names, as the directory writes it. */
  readonly language: string;
  readonly given: readonly Name[];
  readonly family: readonly Name[];
  /** Where the family name comes first. */
  readonly familyFirst?: true;
}

const plain = (names: string): Name[] => names.split(' ').map((name) => [name, name.toLowerCase()] as const);

/** One entry per script or spelling; a person's given and family name come from the same one. */
export const NAMINGS: readonly Naming[] = [
  {
    language: 'en-US',
    given: plain(
      'Anna Ben Clara David Emma Felix Grace Henry Ida Jonas Lena Martin Nora Oscar Paula Robert Sara Thomas',
    ),
    family: plain(
      'Adams Baker Carter Dahl Evans Fischer Green Hansen Jensen Keller Larsen Meyer Novak Olsen Parker Reed',
    ),
  },
  {
    language: 'fr-FR',
    given: [
      ['Zoë', 'zoe'],
      ['François', 'francois'],
      ['Jörg', 'joerg'],
      ['Søren', 'soren'],
      ['Łucja', 'lucja'],
      ['Íñigo', 'inigo'],
    ],
    family: [
      ['Müller', 'mueller'],
      ['Dvořák', 'dvorak'],
      ['Østergård', 'ostergard'],
      ['Wójcik', 'wojcik'],
      ['Gonçalves', 'goncalves'],
    ],
  },
  {
    language: 'ar',
    given: [
      ['أمل', 'amal'],
      ['ليلى', 'layla'],
      ['سمير', 'samir'],
      ['نادية', 'nadia'],
      ['يوسف', 'yusuf'],
    ],
    family: [
      ['حداد', 'haddad'],
      ['منصور', 'mansour'],
      ['خليل', 'khalil'],
      ['صالح', 'saleh'],
    ],
  },
  {
    language: 'el-GR',
    given: [
      ['Ελένη', 'eleni'],
      ['Νίκος', 'nikos'],
      ['Μαρία', 'maria'],
      ['Γιώργος', 'giorgos'],
    ],
    family: [
      ['Παππά', 'pappa'],
      ['Οικονόμου', 'oikonomou'],
      ['Δήμου', 'dimou'],
      ['Βλάχος', 'vlachos'],
    ],
  },
  {
    language: 'uk-UA',
    given: [
      ['Олена', 'olena'],
      ['Тарас', 'taras'],
      ['Ірина', 'iryna'],
      ['Андрій', 'andrii'],
    ],
    family: [
      ['Коваль', 'koval'],
      ['Шевчук', 'shevchuk'],
      ['Бондар', 'bondar'],
      ['Мороз', 'moroz'],
    ],
  },
  {
    language: 'ja-JP',
    given: [
      ['陽子', 'yoko'],
      ['健太', 'kenta'],
      ['美咲', 'misaki'],
      ['翔', 'sho'],
    ],
    family: [
      ['佐藤', 'sato'],
      ['鈴木', 'suzuki'],
      ['田中', 'tanaka'],
      ['渡辺', 'watanabe'],
    ],
    familyFirst: true,
  },
  {
    language: 'hi-IN',
    given: [
      ['आशा', 'asha'],
      ['रवि', 'ravi'],
      ['मीना', 'meena'],
      ['अर्जुन', 'arjun'],
    ],
    family: [
      ['शर्मा', 'sharma'],
      ['वर्मा', 'verma'],
      ['गुप्ता', 'gupta'],
      ['सिंह', 'singh'],
    ],
  },
  {
    language: 'sw-KE',
    given: plain('Achieng Baraka Chiku Daudi Imani Juma Neema Zawadi'),
    family: plain('Kamau Mwangi Ochieng Otieno Wanjiru Njoroge'),
  },
];
