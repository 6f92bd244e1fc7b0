using Tda.TestKit;

namespace Tda.Core.Tests.Corpora;

public sealed class TokenizedCorpusTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ByteTokenizer _tokenizer = new();
    private readonly Corpus _corpus;

    public TokenizedCorpusTests()
    {
        using var writer = CorpusWriter.Create(_temp["c"], _time);
        foreach (var text in (string[])["ab", "é", "a longer text"])
        {
            writer.Add(new Document(DocumentId.Of(text), "s", text));
        }

        _corpus = writer.Commit();
    }

    private string TokensPath => Path.Combine(_corpus.Directory, $"tokens.{_tokenizer.Hash}.bin");

    private string OffsetsPath => Path.Combine(_corpus.Directory, $"offsets.{_tokenizer.Hash}.npy");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Write_ThenOpen_GivesBosTokensEos()
    {
        using (var written = Write())
        {
            Assert.Equal(3, written.Count);
        }

        using var tokens = TokenizedCorpus.Open(_corpus.Directory, _tokenizer.Hash);
        Assert.Equal([0u, 'a' + 3u, 'b' + 3u, 1u], tokens.Tokens(0).ToArray());
        Assert.Equal([0u, 0xc3 + 3u, 0xa9 + 3u, 1u], tokens.Tokens(1).ToArray());
        Assert.Equal(4 + 4 + 15, tokens.TotalTokens);
        Assert.Equal(15, tokens.Length(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokens.Length(3));
        Corpus.Open(_corpus.Directory);
    }

    [Fact]
    public void Write_Again_IsOnlyOpened()
    {
        Write().Dispose();
        var before = File.GetLastWriteTimeUtc(TokensPath);
        Write().Dispose();
        Assert.Equal(before, File.GetLastWriteTimeUtc(TokensPath));
    }

    [Fact]
    public void Write_Tokens_LeavesTheContentHash()
    {
        Write().Dispose();
        Assert.Equal(_corpus.ContentHash, Corpus.Open(_corpus.Directory).ContentHash);
    }

    [Fact]
    public void Open_AnotherTokenizer_IsRefusedByName()
    {
        var none = Assert.Throws<BadInputException>(() => TokenizedCorpus.Open(_corpus.Directory, _tokenizer.Hash));
        Assert.Contains(_tokenizer.Hash, none.Message, StringComparison.Ordinal);
        Write().Dispose();
        var other = Assert.Throws<BadInputException>(() => TokenizedCorpus.Open(_corpus.Directory, "0123abcd"));
        Assert.Contains("0123abcd", other.Message, StringComparison.Ordinal);
        Assert.Contains(_tokenizer.Hash, other.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_FilesTruncatedAnywhere_IsBadInput(bool verify)
    {
        Write().Dispose();
        foreach (var path in (string[])[TokensPath, OffsetsPath])
        {
            var whole = File.ReadAllBytes(path);
            for (var length = 0; length < whole.Length; length++)
            {
                File.WriteAllBytes(path, whole[..length]);
                Assert.Throws<BadInputException>(() => TokenizedCorpus.Open(_corpus.Directory, _tokenizer.Hash, verify).Dispose());
            }

            File.WriteAllBytes(path, whole);
        }
    }

    [Fact]
    public void Open_ChangedToken_IsRefusedByHash()
    {
        Write().Dispose();
        var bytes = File.ReadAllBytes(TokensPath);
        bytes[5] ^= 1;
        File.WriteAllBytes(TokensPath, bytes);
        var error = Assert.Throws<BadInputException>(() => TokenizedCorpus.Open(_corpus.Directory, _tokenizer.Hash));
        Assert.Equal(TokensPath, error.Path);
    }

    [Fact]
    public void Write_FullDisk_LeavesTheCorpusAsItWas()
    {
        FullDisk.At(TokensPath);
        Assert.Throws<TdaException>(() => Write().Dispose());
        Assert.Equal(3, Corpus.Open(_corpus.Directory).Documents().Count());
        Assert.Throws<BadInputException>(() => TokenizedCorpus.Open(_corpus.Directory, _tokenizer.Hash));
        Write().Dispose();
    }

    [Fact]
    public void Write_Cancelled_LeavesTheCorpusAsItWas()
    {
        Assert.Throws<OperationCanceledException>(() => TokenizedCorpusWriter.Write(_corpus, _tokenizer, NullProgress.Instance, new CancellationToken(canceled: true)));
        Assert.False(File.Exists(TokensPath));
        Write().Dispose();
    }

    private TokenizedCorpus Write() => TokenizedCorpusWriter.Write(_corpus, _tokenizer, NullProgress.Instance, CancellationToken.None);
}
