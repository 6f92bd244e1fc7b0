using Tda.Gateway.Redaction;

namespace Tda.Gateway.Tests.Redaction;

public class NamedSecretTests
{
    private const string Word = "hunter" + "2x";
    private const string Key = "9fQ2xb8Tz0Lw7" + "PvK2mD4";

    public static TheoryData<string, string> Secret => new()
    {
        { $"password: {Word}", Word }, { $"Password = \"{Word}\"", Word }, { $"PASSWORD={Word}", Word }, { $"my password is {Word}.", Word },
        { $"{{\"password\":\"swordfish\"}}", "swordfish" }, { $"{{\"user\":\"bob\",\"passwd\": \"{Word}\"}}", Word }, { $"db_password: '{Word}'", Word },
        { $"mysql --password {Word} db", Word }, { $"mysql --password={Word} db", Word }, { $"<password>{Word}</password>", Word },
        { $"Server=tcp:h,1433;User ID=sa;Password={Word}!;Encrypt=True", $"{Word}!" }, { $"Host=h;Username=u;Pwd={Word};", Word },
        { $"postgres://app:{Word}@db.internal:5432/x", Word }, { $"redis://:{Word}@cache:6379", Word }, { $"mongodb+srv://app:p@{Word}@c0.mongodb.net/x", $"p@{Word}" },
        { $"jdbc:mysql://h/db?user=u&password={Word}", Word }, { $"https://h/login?user=bob&pass={Word}&x=1", Word }, { $"?token={Key}", Key },
        { $"AccountName=a;AccountKey={Key}{Key}==;EndpointSuffix=core.windows.net", $"{Key}{Key}==" }, { $"api_key = \"{Key}\"", Key }, { $"X-Api-Key: {Key}", Key },
        { $"{{\"apiKey\":\"{Key}\"}}", Key }, { $"aws_secret_access_key = {Key}/{Key}", $"{Key}/{Key}" }, { $"SharedAccessKey={Key}=;", $"{Key}=" },
        { $"Authorization: token {Key}", Key }, { $"client_secret: {Key}", Key }, { $"{{\"refresh_token\": \"{Key}\"}}", Key }, { $"-e ACCESS_TOKEN={Key}", Key },
        { $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"aladdin:{Word}"))}", Convert.ToBase64String(Encoding.UTF8.GetBytes($"aladdin:{Word}")) },
        { $"curl -H 'authorization: basic {Convert.ToBase64String("user:"u8)}'", Convert.ToBase64String("user:"u8) },
    };

    public static TheoryData<string> Harmless =>
    [
        "password = password", "def login(user, password=None):", "password: str = None", "self.password = getpass.getpass()", "const password = req.body.password;",
        "The password: it must have 8 characters", "password: String?,", "char *password = NULL;", "val token = tokenizer.next2()", "token = tokens[i+1]",
        "passwd: files systemd", "\"password\": \"Passwort\"", "password=$DB_PASSWORD", "password: ${PW1}", "--password=<your-password1>", "PASSWORD=changeme",
        "if password == stored2:", "password_hash: sha256", "key: value1234567890abcd12", "max_tokens=16384", "\"token\": \"hello\"", "compass=north2south",
        "api_key=\"your-api-key-1234567890\"", "basic authentication2", "Basic usage: foo", "PWD=/home/user1", "secret = os.urandom(32)", "token::next2(x)",
        "Keyboard: qwerty123", "bypass = check2(x)", "key=9f86d081884c7d659a2feaa0c55ad015", "http://example.org:8080/a@b", "ssh://git@github.com/a/b", "foo://user:@host",
        "q@k.transpose(-2,-1)", "(x@w.T).sum()", "out = attn@self.value + b", "grad = x@w.t()", "y = a@b.mT", "x = q@k.data[0]", "return@forEach", "this@MainActivity.name",
        "git@github.com:org/repo.git", "PKCS7_sk_X509_num", "sk_PKCS12_SAFEBAG_new_null2", "#define sk_X509_ATTRIBUTE_find_ex", "sk-container-id-100 div.sk-toggleable",
        "4539578763621481, 4539578763621486, 4539578763621488", "user_id=4539578763621486", "{\"id\": 4539578763621486}", "timestamp: 4539578763621486",
        "-----BEGIN RSA PRIVATE KEY----- is how a key starts, in words", "'-----BEGIN PRIVATE KEY-----'", "eyJrIjoi", "key-signing-party", "re_compile_internal_name_12",
        "file-2024-01-15-us12", "Basic dGhpcyBpcyBub3Q", "123456789012345678", "1 2345 6789 0123 4567", "20240115-1234567", "DE89 3704 0044 0532 0130 01", "12345678A", "111.111.111-11",
        "Message 000-12-3456", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/",
    ];

    [Theory]
    [MemberData(nameof(Secret))]
    public void Text_SecretBehindItsName_OnlyTheSecretIsMasked(string text, string secret)
    {
        var masked = BodyRedactor.Default.Text(text);

        var at = text.IndexOf(secret, StringComparison.Ordinal);
        Assert.Equal(text.Length, masked.Length);
        Assert.Equal(text[..at], masked[..at]);
        Assert.DoesNotContain(secret[..Math.Min(secret.Length, 4)], masked[at..], StringComparison.Ordinal);
        Assert.Equal(masked, BodyRedactor.Default.Text(masked));
    }

    [Theory]
    [MemberData(nameof(Harmless))]
    public void Text_CodeAndWords_TheSameString(string text) => Assert.Same(text, BodyRedactor.Default.Text(text));

    [Theory]
    [InlineData("to müller@exämple.de, please", "müller@exämple.de")]
    [InlineData("пишите иван@почта.рф сегодня", "иван@почта.рф")]
    [InlineData("请联系 用户@例子.公司 谢谢", "用户@例子.公司")]
    [InlineData("请联系foo@example.com谢谢", "foo@example.com")]
    [InlineData("to me@xn--fsq.xn--0zwm56d!", "me@xn--fsq.xn--0zwm56d")]
    [InlineData("TO: B@EXAMPLE.COM", "B@EXAMPLE.COM")]
    public void Text_InternationalAddress_MaskedByAsManyBytes(string text, string address)
    {
        var masked = BodyRedactor.Default.Text(text);

        Assert.Equal(Encoding.UTF8.GetByteCount(text), Encoding.UTF8.GetByteCount(masked));
        Assert.Contains($"[email{new string('*', Encoding.UTF8.GetByteCount(address) - 7)}]", masked, StringComparison.Ordinal);
        Assert.DoesNotContain("@", masked, StringComparison.Ordinal);
    }
}
