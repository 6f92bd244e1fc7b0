namespace Tda.Gateway.Tests.Redaction;

/// <summary>Secrets of nobody that are no vendor's keys, each with the text around it: <c>{0}</c> is where it stands.</summary>
internal static class Specimens
{
    private const string Word = "hunter" + "2x";
    private const string Key = "9fQ2xb8Tz0Lw7" + "PvK2mD4";

    /// <summary>National ids and account numbers as authorities and documentation publish them.</summary>
    public static readonly (string Kind, string Text, string Id)[] Ids =
    [
        ("DNI", "DNI {0}", "12345678" + "Z"), ("NIE", "NIE: {0}", "X1234567" + "L"), ("codice fiscale", "CF {0}.", "RSSMRA85T10" + "A562S"), ("NIR", "{0}", "25508141680" + "2538"),
        ("resident identity", "身份证 {0}", "110105194912" + "31002X"), ("CPF", "CPF {0},", "529.982." + "247-25"), ("CNPJ", "{0}", "11.222.333/" + "0001-81"),
        ("personnummer", "({0})", "811218-" + "9876"), ("HETU", "{0}", "131052-" + "308T"), ("rijksregisternummer", "{0}", "85.07.30-" + "033.28"), ("AHV", "AHV {0}", "756.9217." + "0769.85"),
        ("fødselsnummer", "{0}", "150765" + "56188"), ("RRN", "{0}", "820701-" + "2409181"), ("CURP", "{0}", "BADD110313" + "HCMLNS06"), ("SSN", "SSN {0}", "078-05-" + "1120"),
        ("Steuer-ID", "Steuer-ID: {0}", "86095" + "742719"), ("PESEL", "PESEL {0}", "44051" + "401359"), ("T.C. kimlik", "kimlik no {0}", "10000" + "000146"), ("BSN", "BSN {0}", "111222" + "333"),
        ("Aadhaar", "Aadhaar {0}", "2341 2341 " + "2346"), ("SIN", "SIN {0}", "046-454-" + "286"), ("NIF", "NIF {0}", "123456" + "789"), ("South Africa", "RSA ID {0}", "8001015" + "009087"),
        ("IBAN", "IBAN {0}", "DE89 3704 0044 " + "0532 0130 00"), ("IBAN, British", "{0}", "GB82WEST1234" + "5698765432"), ("IBAN, Dutch", "{0}", "NL91 ABNA 0417 " + "1643 00"),
        ("IBAN, French", "{0}", "FR7630006000011" + "234567890189"), ("IBAN, Norwegian", "{0}", "NO93 8601 " + "1117 947"), ("IBAN, Maltese", "{0}", "MT84MALT011000012345" + "MTLCAST001S"),
    ];

    /// <summary>Passwords and keys that only the name before them tells.</summary>
    public static readonly (string Kind, string Text, string Secret)[] Named =
    [
        ("password:", "password: {0}", Word), ("password is", "my password is {0}.", Word), ("PASSWORD=", "PASSWORD={0}", Word), ("Pwd=", "Host=h;Username=u;Pwd={0};", Word),
        ("--password", "mysql --password {0} db", Word), ("element", "<password>{0}</password>", Word), ("postgres://", "postgres://app:{0}@db.internal:5432/x", Word),
        ("redis://", "redis://:{0}@cache:6379", Word), ("?pass=", "https://h/login?user=bob&pass={0}&x=1", Word), ("?token=", "https://h/?token={0}", Key),
        ("AccountKey=", "AccountName=a;AccountKey={0};EndpointSuffix=core.windows.net", Key + Key + "=="), ("api_key =", "api_key = '{0}'", Key), ("X-Api-Key:", "X-Api-Key: {0}", Key),
        ("aws_secret_access_key", "aws_secret_access_key = {0}", Key + "/" + Key), ("Authorization: token", "Authorization: token {0}", Key), ("client_secret:", "client_secret: {0}", Key),
        ("Basic", "Authorization: Basic {0}", "YWxhZGRpbjpodW50" + "ZXIyeA=="), ("Bearer", "Authorization: Bearer {0}", Key), ("JWT", "{0}", "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"),
    ];

    /// <summary>Addresses and numbers of people.</summary>
    public static readonly (string Kind, string Text, string Secret)[] People =
    [
        ("address", "write to {0} today", "john.doe+lists@mail.example.co.uk"), ("address, Latin", "an {0}, bitte", "jörg.müller@exämple.de"), ("address, Cyrillic", "на {0} сегодня", "иван@почта.рф"),
        ("address, Chinese", "联系 {0} 谢谢", "用户@例子.公司"), ("phone", "call {0} now", "+49 170 1234567"), ("phone, formatted", "call {0} now", "(555) 123-4567"),
        ("card", "card {0}", "4111 1111 1111 1111"), ("card in one piece", "pay with {0} please", "5500005555555559"),
    ];
}
