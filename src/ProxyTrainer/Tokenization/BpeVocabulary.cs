namespace Tda.ProxyTrainer.Tokenization;

/// <summary>What a byte-level BPE is made of: tokens by id, merges by rank, and the special tokens.</summary>
internal sealed class BpeVocabulary
{
    /// <summary>In a vocabulary trained here: BOS 0, EOS 1, PAD 2, then the bytes.</summary>
    public const int FirstByteId = 3;

    private readonly List<string> _tokens = [];
    private readonly List<byte[]?> _bytes = [];
    private readonly List<BpeMerge> _merges = [];

    /// <summary>The vocabulary before any merge.</summary>
    public BpeVocabulary()
    {
        foreach (var special in (string[])["<|bos|>", "<|eos|>", "<|pad|>"])
        {
            _tokens.Add(special);
            _bytes.Add(null);
        }

        (BosId, EosId, PadId) = (0, 1, 2);
        for (var b = 0; b < 256; b++)
        {
            _tokens.Add(ByteAlphabet.CharacterOf((byte)b).ToString());
            _bytes.Add([(byte)b]);
        }
    }

    /// <summary>A vocabulary read from a file; <paramref name="bytes"/> is null for special tokens.</summary>
    public BpeVocabulary(IEnumerable<string> tokens, IEnumerable<byte[]?> bytes, IEnumerable<BpeMerge> merges, int bosId, int eosId, int padId)
    {
        _tokens.AddRange(tokens);
        _bytes.AddRange(bytes);
        _merges.AddRange(merges);
        (BosId, EosId, PadId) = (bosId, eosId, padId);
    }

    /// <summary>What a byte-level BPE does with text before it merges.</summary>
    public EncodingRules Rules { get; init; } = EncodingRules.Gpt2;

    /// <summary>Special tokens that take the white space beside them along where they stand in a text.</summary>
    public IReadOnlySet<string> Stripping { get; init; } = new HashSet<string>();

    public int Count => _tokens.Count;

    public int BosId { get; }

    public int EosId { get; }

    public int PadId { get; }

    /// <summary>In rank order: the first is applied first.</summary>
    public IReadOnlyList<BpeMerge> Merges => _merges;

    /// <summary>The token as vocabulary files write it.</summary>
    public string Token(int id) => _tokens[id];

    public bool IsSpecial(int id) => _bytes[id] is null;

    /// <summary>Nothing for a special token.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => _bytes[id];

    public int AddMerge(int left, int right)
    {
        var id = Count;
        _tokens.Add(_tokens[left] + _tokens[right]);
        _bytes.Add([.. _bytes[left]!, .. _bytes[right]!]);
        _merges.Add(new BpeMerge(left, right, id));
        return id;
    }

    /// <summary>SHA-256 of the special ids, then every token in id order and every merge in rank order, a line each.</summary>
    public string Hash()
    {
        var canonical = new StringBuilder($"bpe {BosId} {EosId} {PadId}\n");
        for (var id = 0; id < Count; id++)
        {
            canonical.Append(IsSpecial(id) ? 's' : 't').Append(_tokens[id]).Append('\n');
        }

        foreach (var merge in _merges)
        {
            canonical.Append($"{merge.Left} {merge.Right} {merge.Merged}\n");
        }

        canonical.Append(Rules.Canonical());

        return Hashing.Sha256(Encoding.UTF8.GetBytes(canonical.ToString()));
    }
}

/// <summary>Two neighbouring tokens and the one that replaces them.</summary>
internal readonly record struct BpeMerge(int Left, int Right, int Merged);
