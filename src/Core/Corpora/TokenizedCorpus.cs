using Tda.Core.Arrays;

namespace Tda.Core.Corpora;

/// <summary>
/// A corpus as one tokenizer's ids, memory-mapped. Document d is BOS + tokens + EOS; documents follow each other in the
/// corpus's order.
/// </summary>
public sealed class TokenizedCorpus : IDisposable
{
    private readonly MappedFile _tokens;
    private readonly NpyArray<long> _offsets;

    private TokenizedCorpus(string tokenizerHash, MappedFile tokens, NpyArray<long> offsets)
    {
        TokenizerHash = tokenizerHash;
        _tokens = tokens;
        _offsets = offsets;
    }

    public string TokenizerHash { get; }

    /// <summary>Number of documents.</summary>
    public int Count => (int)_offsets.Length - 1;

    /// <summary>Tokens of all documents, BOS and EOS included.</summary>
    public long TotalTokens => _tokens.Length / sizeof(uint);

    /// <param name="corpusDirectory">The corpus's directory.</param>
    /// <param name="tokenizerHash">Hash of the tokenizer whose ids are wanted.</param>
    /// <param name="verify">Whether to compare the files' hashes with the manifest.</param>
    /// <exception cref="BadInputException">Tokenised by another tokenizer or not at all, truncated, or damaged.</exception>
    public static TokenizedCorpus Open(string corpusDirectory, string tokenizerHash, bool verify = true)
    {
        var artifact = ArtifactDirectory.Open(corpusDirectory, CorpusFormat.Name, CorpusFormat.Version, verifyHashes: false);
        var tokensName = CorpusFormat.Tokens(tokenizerHash);
        var offsetsName = CorpusFormat.Offsets(tokenizerHash);
        if (!artifact.Manifest.Outputs.ContainsKey(tokensName))
        {
            throw NotTokenized(artifact, tokenizerHash);
        }

        if (verify)
        {
            artifact.Verify(tokensName);
            artifact.Verify(offsetsName);
        }

        var tokens = new MappedFile(artifact.PathOf(tokensName));
        NpyArray<long>? offsets = null;
        try
        {
            offsets = NpyArray<long>.Open(artifact.PathOf(offsetsName));
            CheckOffsets(artifact.PathOf(offsetsName), offsets, tokens, new Corpus(artifact).Count);
            return new TokenizedCorpus(tokenizerHash, tokens, offsets);
        }
        catch
        {
            tokens.Dispose();
            offsets?.Dispose();
            throw;
        }
    }

    /// <summary>BOS + tokens + EOS of a document. Valid until the corpus is disposed of.</summary>
    public ReadOnlySpan<uint> Tokens(int document)
    {
        var range = _offsets.Span(document, 2);
        return _tokens.Span<uint>(range[0] * sizeof(uint), (int)(range[1] - range[0]));
    }

    /// <summary>Tokens of a document, BOS and EOS included.</summary>
    public int Length(int document)
    {
        var range = _offsets.Span(document, 2);
        return (int)(range[1] - range[0]);
    }

    public void Dispose()
    {
        _tokens.Dispose();
        _offsets.Dispose();
    }

    private static BadInputException NotTokenized(OpenedArtifact artifact, string tokenizerHash)
    {
        List<string> others = [.. artifact.Manifest.Outputs.Keys.Select(CorpusFormat.TokenizerHashOf).OfType<string>()];
        return others.Count == 0
            ? new BadInputException(artifact.Directory, $"the corpus isn't tokenised with tokenizer {tokenizerHash}", remedy: "Tokenise it with the surrogate's tokenizer first.")
            : new BadInputException(
                artifact.Directory,
                $"the corpus is tokenised with tokenizer {string.Join(" and ", others)}, not with {tokenizerHash}",
                remedy: "Use the surrogate that was made with this corpus, or tokenise the corpus with the other surrogate's tokenizer.");
    }

    private static void CheckOffsets(string path, NpyArray<long> offsets, MappedFile tokens, int documents)
    {
        const int MinimumLength = 2; // BOS and EOS
        if (tokens.Length % sizeof(uint) != 0)
        {
            throw new BadInputException(tokens.Path, $"truncated: {tokens.Length} bytes are not whole tokens of {sizeof(uint)} bytes", tokens.Length);
        }

        if (offsets.Shape.Count != 1 || offsets.Length != documents + 1L)
        {
            throw new BadInputException(path, $"holds {offsets.Length} offsets; {documents} documents need {documents + 1L}");
        }

        var values = offsets.Span(0, checked((int)offsets.Length));
        if (values[0] != 0 || values[^1] != tokens.Length / sizeof(uint))
        {
            throw new BadInputException(path, $"the offsets run from {values[0]} to {values[^1]}, and {tokens.Path} holds {tokens.Length / sizeof(uint)} tokens");
        }

        for (var i = 1; i < values.Length; i++)
        {
            var length = values[i] - values[i - 1];
            if (length is < MinimumLength or > int.MaxValue)
            {
                throw new BadInputException(path, $"document {i - 1} would have {length} tokens, where BOS and EOS alone make {MinimumLength}");
            }
        }
    }
}
