using Tda.Gateway.Redaction;

namespace Tda.Gateway.Tests.Redaction;

public class NationalIdTests
{
    public static TheoryData<string, string, string> All => [.. Specimens.Ids];

    [Theory]
    [MemberData(nameof(All))]
    public void Text_Specimen_MaskedAndWithAWrongDigitNot(string kind, string text, string id)
    {
        var whole = string.Format(CultureInfo.InvariantCulture, text, id);
        var masked = BodyRedactor.Default.Text(whole);

        Assert.Equal(whole.Length, masked.Length);
        Assert.False(masked.Contains(id[..4], StringComparison.Ordinal) || masked.Contains(id[^3..], StringComparison.Ordinal), $"{kind}: {masked}");
        if (kind != "SSN")
        {
            var digit = id.LastIndexOfAny([.. "0123456789"]);
            var wrong = whole.Replace(id, id[..digit] + (char)('0' + ((id[digit] - '0' + 1) % 10)) + id[(digit + 1)..], StringComparison.Ordinal);
            Assert.Equal(wrong, BodyRedactor.Default.Text(wrong));
        }
    }

    [Theory]
    [InlineData("44051401359")]
    [InlineData("order 111222333")]
    [InlineData("10000000146 rows")]
    public void Text_WeakCheckWithoutItsName_Stays(string text) => Assert.Same(text, BodyRedactor.Default.Text(text));
}
