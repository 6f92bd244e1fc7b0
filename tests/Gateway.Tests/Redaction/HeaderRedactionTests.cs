using Microsoft.AspNetCore.Http;
using Tda.Gateway.Redaction;

namespace Tda.Gateway.Tests.Redaction;

public class HeaderRedactionTests
{
    [Theory]
    [InlineData("XApiKey", true)]
    [InlineData("x-usertoken", true)]
    [InlineData("X-Signature2", true)]
    [InlineData("Private-Token", true)]
    [InlineData("CF-Access-Client-Secret", true)]
    [InlineData("DPoP", true)]
    [InlineData("X-WSSE", true)]
    [InlineData("X-Vault-Token", true)]
    [InlineData("X-Pass-Through", false)]
    [InlineData("X-Hockey", false)]
    [InlineData("Accept-Encoding", false)]
    [InlineData("anthropic-ratelimit-tokens-remaining", false)]
    public void Headers_Name_SecretsAreReplaced(string name, bool secret) => Assert.Equal(secret ? Redactor.Redacted : "v", Value(name, "v"));

    [Theory]
    [InlineData("Referer", "https://h/p?token=abc&x=1", "https://h/p?token=[redacted]&x=1")]
    [InlineData("Referer", "https://h/p?x=1&pass=abc#access_token=def", "https://h/p?x=1&pass=[redacted]#access_token=[redacted]")]
    [InlineData("Location", "/cb?code=4/0Ab&state=s", "/cb?code=[redacted]&state=s")]
    [InlineData("Link", "</a?sig=x>; rel=\"next\"", "</a?sig=[redacted]>; rel=\"next\"")]
    [InlineData("User-Agent", "a/1 (what?; b=c)", "a/1 (what?; b=c)")]
    public void Headers_AddressInAValue_ItsSecretParametersAreReplaced(string name, string value, string expected) => Assert.Equal(expected, Value(name, value));

    [Theory]
    [InlineData("realtime, openai-insecure-api-key.ab-1, openai-beta.realtime-v1", "realtime, openai-insecure-api-key.[redacted], openai-beta.realtime-v1")]
    [InlineData("base64url.bearer.authorization.k8s.io.Zm9v,base64.binary.k8s.io", "base64url.bearer.[redacted],base64.binary.k8s.io")]
    [InlineData("token, ab-1, v2", "token, [redacted], v2")]
    [InlineData("graphql-transport-ws, openai-organization.org-1", "graphql-transport-ws, openai-organization.org-1")]
    public void Headers_WebSocketProtocols_CredentialsAreReplaced(string value, string expected) => Assert.Equal(expected, Value("Sec-WebSocket-Protocol", value));

    [Theory]
    [InlineData("?pass=p&a=1", "/p?pass=[redacted]&a=1")]
    [InlineData("?passcode=1&PIN=2", "/p?passcode=[redacted]&PIN=[redacted]")]
    [InlineData("?userpassword=p", "/p?userpassword=[redacted]")]
    [InlineData("?compass=n&passenger=x", "/p?compass=n&passenger=x")]
    public void Target_Query_PasswordsAreReplaced(string query, string expected) =>
        Assert.Equal(expected, Redactor.Target("/p", new QueryString(query), BodyRedactor.Default));

    private static string Value(string name, string value) =>
        Assert.Single(Redactor.Headers(new HeaderDictionary { [name] = value }, BodyRedactor.Default)).Value;
}
