using Tda.Core.Detection;
using Tda.Gateway.Redaction;

namespace Tda.Gateway.Tests.Redaction;

public class KeyFormatTests
{
    public static TheoryData<string, string> Forms => [.. VendorKeys.Forms];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Text_KeyOfAVendor_MaskedWhole(string vendor, string form)
    {
        var key = VendorKeys.Make(form, 7);

        foreach (var (before, after) in new[] { ("Use ", " for that."), ("k=", "\n"), ("(\"", "\")"), ("https://h/?a=", "&b=1"), ("", "") })
        {
            var masked = BodyRedactor.Default.Text(before + key + after);

            Assert.Equal(before.Length + key.Length + after.Length, masked.Length);
            Assert.True(!masked.Contains(key[^12..], StringComparison.Ordinal) && !masked.Contains(key[..12], StringComparison.Ordinal), $"{vendor}: {masked}");
            Assert.StartsWith(before, masked, StringComparison.Ordinal);
            Assert.EndsWith(after, masked, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void All_EveryFormat_HasAnExample()
    {
        foreach (var way in KeyFormats.All.SelectMany(format => format.Finders()))
        {
            // Ways to begin that differ in a word only ("sandbox", "production") share an example.
            var start = Beginnings.Parse(way.Beginning, 2);
            Assert.True(VendorKeys.Forms.Any(form => Sample(form.Form).Any(text => start[0].Contains(text[0]) && start[1].Contains(text[1]))), way.Beginning);
        }
    }

    [Fact]
    public void Text_KeyOfWrongLengthOrAlphabet_Stays()
    {
        foreach (var text in new[] { "AKIA" + new string('X', 17), "dapi" + new string('a', 33), "SK" + new string('f', 31), "shpat_" + new string('g', 32), "sk_" + "PKCS12_SAFEBAG_num_2048" })
        {
            Assert.Same(text, BodyRedactor.Default.Text(text));
        }
    }

    private static IEnumerable<string> Sample(string form)
    {
        var key = VendorKeys.Make(form, 7);
        return Enumerable.Range(0, key.Length - 1).Select(i => key[i..]);
    }
}
