import type { ListedSymbol } from "./directory.ts";

/**
 * The simulated market: much traded symbols of KRX with plausible prices. What a real market's symbols are called, and
 * what is known of them, stands on the `reference` topic (`tickbell reference update`); these names are what is shown
 * before that has been read for the first time. A list of one's own is given by `--symbols-file`.
 *
 * How sure: written by hand, codes, names and markets compared with other people's lists for most. Base prices are
 * plausible, no more.
 *
 * @module
 */

type Row = readonly [symbol: string, name: string, nameEn: string, basePrice: number];

const KOSPI: readonly Row[] = [
  ["005930", "삼성전자", "Samsung Electronics", 71_900],
  ["005935", "삼성전자우", "Samsung Electronics (pref.)", 58_200],
  ["000660", "SK하이닉스", "SK hynix", 262_000],
  ["373220", "LG에너지솔루션", "LG Energy Solution", 372_000],
  ["207940", "삼성바이오로직스", "Samsung Biologics", 1_046_000],
  ["005380", "현대차", "Hyundai Motor", 213_500],
  ["000270", "기아", "Kia", 104_500],
  ["068270", "셀트리온", "Celltrion", 178_300],
  ["105560", "KB금융", "KB Financial Group", 112_400],
  ["055550", "신한지주", "Shinhan Financial Group", 67_500],
  ["035420", "NAVER", "NAVER", 233_500],
  ["035720", "카카오", "Kakao", 58_200],
  ["012450", "한화에어로스페이스", "Hanwha Aerospace", 912_000],
  ["329180", "HD현대중공업", "HD Hyundai Heavy Industries", 478_000],
  ["009540", "HD한국조선해양", "HD Korea Shipbuilding & Offshore Engineering", 362_500],
  ["042660", "한화오션", "Hanwha Ocean", 93_100],
  ["010140", "삼성중공업", "Samsung Heavy Industries", 19_340],
  ["034020", "두산에너빌리티", "Doosan Enerbility", 65_500],
  ["015760", "한국전력", "Korea Electric Power", 38_450],
  ["012330", "현대모비스", "Hyundai Mobis", 297_500],
  ["028260", "삼성물산", "Samsung C&T", 171_200],
  ["032830", "삼성생명", "Samsung Life Insurance", 129_700],
  ["000810", "삼성화재", "Samsung Fire & Marine Insurance", 441_500],
  ["138040", "메리츠금융지주", "Meritz Financial Group", 113_500],
  ["086790", "하나금융지주", "Hana Financial Group", 89_600],
  ["316140", "우리금융지주", "Woori Financial Group", 25_200],
  ["024110", "기업은행", "Industrial Bank of Korea", 19_650],
  ["323410", "카카오뱅크", "KakaoBank", 29_100],
  ["377300", "카카오페이", "Kakao Pay", 62_300],
  ["402340", "SK스퀘어", "SK Square", 148_900],
  ["034730", "SK", "SK", 207_500],
  ["096770", "SK이노베이션", "SK Innovation", 107_800],
  ["017670", "SK텔레콤", "SK Telecom", 56_700],
  ["030200", "KT", "KT", 55_600],
  ["032640", "LG유플러스", "LG Uplus", 14_780],
  ["003550", "LG", "LG", 77_200],
  ["051910", "LG화학", "LG Chem", 281_500],
  ["066570", "LG전자", "LG Electronics", 77_900],
  ["034220", "LG디스플레이", "LG Display", 10_110],
  ["011070", "LG이노텍", "LG Innotek", 157_600],
  ["051900", "LG생활건강", "LG H&H", 326_500],
  ["005490", "POSCO홀딩스", "POSCO Holdings", 312_000],
  ["003670", "포스코퓨처엠", "POSCO Future M", 141_500],
  ["047050", "포스코인터내셔널", "POSCO International", 50_300],
  ["022100", "포스코DX", "POSCO DX", 24_650],
  ["006400", "삼성SDI", "Samsung SDI", 192_300],
  ["009150", "삼성전기", "Samsung Electro-Mechanics", 144_200],
  ["018260", "삼성에스디에스", "Samsung SDS", 165_400],
  ["028050", "삼성E&A", "Samsung E&A", 25_350],
  ["016360", "삼성증권", "Samsung Securities", 71_800],
  ["029780", "삼성카드", "Samsung Card", 50_600],
  ["011200", "HMM", "HMM", 23_350],
  ["003490", "대한항공", "Korean Air", 24_100],
  ["180640", "한진칼", "Hanjin KAL", 102_700],
  ["020560", "아시아나항공", "Asiana Airlines", 9_350],
  ["089590", "제주항공", "Jeju Air", 6_510],
  ["272450", "진에어", "Jin Air", 9_230],
  ["086280", "현대글로비스", "Hyundai Glovis", 148_700],
  ["000720", "현대건설", "Hyundai Engineering & Construction", 64_900],
  ["004020", "현대제철", "Hyundai Steel", 33_150],
  ["064350", "현대로템", "Hyundai Rotem", 198_300],
  ["267250", "HD현대", "HD Hyundai", 142_600],
  ["267260", "HD현대일렉트릭", "HD Hyundai Electric", 496_000],
  ["443060", "HD현대마린솔루션", "HD Hyundai Marine Solution", 221_500],
  ["298040", "효성중공업", "Hyosung Heavy Industries", 1_163_000],
  ["298020", "효성티앤씨", "Hyosung TNC", 236_500],
  ["010120", "LS ELECTRIC", "LS ELECTRIC", 283_500],
  ["006260", "LS", "LS", 174_600],
  ["001440", "대한전선", "Taihan Cable & Solution", 15_960],
  ["103590", "일진전기", "Iljin Electric", 36_750],
  ["011790", "SKC", "SKC", 103_500],
  ["361610", "SK아이이테크놀로지", "SK IE Technology", 29_200],
  ["302440", "SK바이오사이언스", "SK bioscience", 46_850],
  ["326030", "SK바이오팜", "SK Biopharmaceuticals", 93_200],
  ["001740", "SK네트웍스", "SK Networks", 4_620],
  ["001510", "SK증권", "SK Securities", 691],
  ["011170", "롯데케미칼", "Lotte Chemical", 64_800],
  ["023530", "롯데쇼핑", "Lotte Shopping", 71_700],
  ["004990", "롯데지주", "Lotte Corporation", 28_600],
  ["280360", "롯데웰푸드", "Lotte Wellfood", 119_500],
  ["036570", "엔씨소프트", "NCSOFT", 203_500],
  ["259960", "크래프톤", "Krafton", 334_500],
  ["352820", "하이브", "HYBE", 284_500],
];

const KOSDAQ: readonly Row[] = [
  ["247540", "에코프로비엠", "EcoPro BM", 118_200],
  ["086520", "에코프로", "EcoPro", 48_950],
  ["028300", "HLB", "HLB", 44_300],
  ["277810", "레인보우로보틱스", "Rainbow Robotics", 268_500],
  ["000250", "삼천당제약", "Sam Chun Dang Pharm", 173_400],
  ["141080", "리가켐바이오", "LigaChem Biosciences", 142_600],
  ["214150", "클래시스", "Classys", 61_200],
  ["145020", "휴젤", "Hugel", 342_500],
  ["058470", "리노공업", "Leeno Industrial", 49_200],
  ["403870", "HPSP", "HPSP", 27_250],
  ["039030", "이오테크닉스", "EO Technics", 167_500],
  ["036930", "주성엔지니어링", "Jusung Engineering", 29_600],
  ["240810", "원익IPS", "Wonik IPS", 32_250],
  ["095340", "ISC", "ISC", 63_400],
  ["067310", "하나마이크론", "Hana Micron", 13_950],
  ["222800", "심텍", "Simmtech", 29_450],
  ["084370", "유진테크", "Eugene Technology", 47_800],
  ["078600", "대주전자재료", "Daejoo Electronic Materials", 79_200],
  ["121600", "나노신소재", "Advanced Nano Products", 49_600],
  ["089030", "테크윙", "Techwing", 33_150],
];

const ETFS: readonly Row[] = [
  ["069500", "KODEX 200", "KODEX 200", 42_150],
  ["102110", "TIGER 200", "TIGER 200", 42_180],
  ["122630", "KODEX 레버리지", "KODEX Leverage", 25_640],
  ["114800", "KODEX 인버스", "KODEX Inverse", 3_205],
  ["229200", "KODEX 코스닥150", "KODEX KOSDAQ 150", 13_780],
  ["233740", "KODEX 코스닥150레버리지", "KODEX KOSDAQ 150 Leverage", 8_455],
  ["360750", "TIGER 미국S&P500", "TIGER US S&P 500", 21_870],
  ["133690", "TIGER 미국나스닥100", "TIGER US Nasdaq 100", 141_320],
];

const ETNS: readonly Row[] = [
  ["Q530036", "삼성 인버스 2X WTI원유 선물 ETN", "Samsung Inverse 2X WTI Crude Oil Futures ETN", 2_110],
  ["Q530138", "삼성 KRX 레버리지 2차전지 TOP10 TR ETN", "Samsung KRX Leverage Battery TOP10 TR ETN", 5_340],
  ["Q580070", "KB 레버리지 2차전지 TOP 10 TR ETN", "KB Leverage Battery TOP 10 TR ETN", 4_285],
];

function list(
  rows: readonly Row[],
  market: ListedSymbol["market"],
  type: ListedSymbol["type"],
): readonly ListedSymbol[] {
  return rows.map(([symbol, name, nameEn, basePrice]) => ({ symbol, name, nameEn, market, type, basePrice }));
}

/** The symbols of the simulated market. */
export const LISTING: readonly ListedSymbol[] = [
  ...list(KOSPI, "KOSPI", "stock"),
  ...list(KOSDAQ, "KOSDAQ", "stock"),
  ...list(ETFS, "KOSPI", "etf"),
  ...list(ETNS, "KOSPI", "etn"),
];
