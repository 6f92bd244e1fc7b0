using Tda.Gateway.Security;

namespace Tda.Gateway.Tests.Security;

public class KeyTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Issue_ManyKeys_AllDifferentOfOneShapeAndStoredWithoutTheSecret()
    {
        var issued = Enumerable.Range(0, 200).Select(_ => KeyText.Issue("team", Now)).ToList();

        Assert.Equal(200, issued.Select(key => key.Text).Distinct().Count());
        Assert.All(issued, key =>
        {
            Assert.Matches("^tda_[0-9A-Za-z]{10}_[0-9A-Za-z]{47}$", key.Text);
            Assert.True(KeyText.TryReadId(key.Text, out var id));
            Assert.Equal(key.Key.Id, id);
            Assert.True(KeyText.Matches(key.Text, key.Key));
            Assert.DoesNotContain(key.Text[15..], System.Text.Json.JsonSerializer.Serialize(key.Key), StringComparison.Ordinal);
        });
        Assert.False(KeyText.Matches(issued[0].Text, issued[1].Key));
        Assert.False(issued[0].Key.Salt.SequenceEqual(issued[1].Key.Salt));
    }

    [Fact]
    public void TryReadId_OneCharacterChanged_False()
    {
        var text = KeyText.Issue("team", Now).Text;

        for (var i = 0; i < text.Length; i++)
        {
            Assert.False(KeyText.TryReadId(text[..i] + (text[i] == 'x' ? 'y' : 'x') + text[(i + 1)..], out _), $"character {i}");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sk-abc")]
    [InlineData("tda_' OR 1=1 --_0000000000000000000000000000000000000000000")]
    public void TryReadId_NoKey_False(string? text) => Assert.False(KeyText.TryReadId(text, out _));
}
