namespace Tda.ProxyTrainer.ChatTemplates;

/// <summary>
/// Cuts a template into text and tags, and tags into tokens, with white space as chat templates have it: Jinja with <c>trim_blocks</c> and
/// <c>lstrip_blocks</c>, where a block's own line leaves nothing, and <c>-</c> and <c>+</c> say otherwise.
/// </summary>
internal sealed class TemplateLexer
{
    private static readonly string[] Operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ","];

    private readonly string _source;
    private readonly List<TemplateToken> _tokens = [];
    private int _at;

    private TemplateLexer(string source) => _source = source;

    /// <exception cref="TemplateException">A tag that doesn't end, or a character that is no token.</exception>
    public static List<TemplateToken> Read(string source)
    {
        var text = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new TemplateLexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.Read();
        return lexer._tokens;
    }

    /// <summary>White space as Python has it, which counts four more control characters than .NET.</summary>
    public static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\x1c' and <= '\x1f';

    private void Read()
    {
        var lineBegins = true;
        while (_at < _source.Length)
        {
            var open = NextTag();
            var text = _source[_at..open];
            var start = _at;
            if (open == _source.Length)
            {
                AddText(text, start);
                break;
            }

            var kind = _source[open + 1];
            var sign = open + 2 < _source.Length ? _source[open + 2] : ' ';
            if (sign == '-')
            {
                text = text[..Kept(text)];
            }
            else if (kind != '{' && sign != '+')
            {
                var line = text.LastIndexOf('\n') + 1;
                text = (line > 0 || lineBegins) && text.AsSpan(line).IndexOfAnyExcept(' ', '\t') < 0 ? text[..line] : text;
            }

            AddText(text, start);
            _at = open + (sign is '-' or '+' ? 3 : 2);
            ReadTag(kind, open);
            lineBegins = _source[_at - 1] == '\n';
        }

        _tokens.Add(new(TokenKind.End, "", Place(_source.Length)));
    }

    private static int Kept(string text)
    {
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
        {
            end--;
        }

        return end;
    }

    private int NextTag()
    {
        for (var open = _source.IndexOf('{', _at); open >= 0; open = _source.IndexOf('{', open + 1))
        {
            if (open + 1 < _source.Length && _source[open + 1] is '{' or '%' or '#')
            {
                return open;
            }
        }

        return _source.Length;
    }

    private void AddText(string text, int at)
    {
        if (text.Length > 0)
        {
            _tokens.Add(new(TokenKind.Text, text, Place(at)));
        }
    }

    /// <summary>A tag from behind its beginning to behind its end, and the white space that goes with it.</summary>
    private void ReadTag(char kind, int open)
    {
        if (kind == '#')
        {
            var close = _source.IndexOf("#}", _at, StringComparison.Ordinal);
            _at = close < 0 ? throw new TemplateException("a comment doesn't end", Place(open)) : close + 2;
            AfterTag(_source[close - 1], isBlock: true);
            return;
        }

        var end = kind == '{' ? "}}" : "%}";
        _tokens.Add(new(kind == '{' ? TokenKind.OutputBegin : TokenKind.BlockBegin, "", Place(open)));
        for (var depth = 0; ;)
        {
            while (_at < _source.Length && IsSpace(_source[_at]))
            {
                _at++;
            }

            var sign = _at < _source.Length && _source[_at] is '-' or '+' ? 1 : 0;
            if (depth == 0 && string.CompareOrdinal(_source, _at + sign, end, 0, 2) == 0)
            {
                _tokens.Add(new(kind == '{' ? TokenKind.OutputEnd : TokenKind.BlockEnd, "", Place(_at)));
                _at += sign + 2;
                AfterTag(sign == 1 ? _source[_at - 3] : ' ', kind == '%');
                return;
            }

            if (_at >= _source.Length)
            {
                throw new TemplateException("a tag doesn't end", Place(open));
            }

            var token = ReadToken();
            depth += token.Kind != TokenKind.Operator ? 0 : token.Text is "(" or "[" or "{" ? 1 : token.Text is ")" or "]" or "}" ? -1 : 0;
            _tokens.Add(token);
        }
    }

    private void AfterTag(char sign, bool isBlock)
    {
        if (sign == '-')
        {
            while (_at < _source.Length && IsSpace(_source[_at]))
            {
                _at++;
            }
        }
        else if (isBlock && sign != '+' && _at < _source.Length && _source[_at] == '\n')
        {
            _at++;
        }
    }

    private TemplateToken ReadToken()
    {
        var (start, first) = (_at, _source[_at]);
        if (char.IsLetter(first) || first == '_')
        {
            while (_at < _source.Length && (char.IsLetterOrDigit(_source[_at]) || _source[_at] == '_'))
            {
                _at++;
            }

            return new(TokenKind.Name, _source[start.._at], Place(start));
        }

        if (char.IsAsciiDigit(first))
        {
            while (_at < _source.Length && char.IsAsciiDigit(_source[_at]))
            {
                _at++;
            }

            if (_at + 1 < _source.Length && _source[_at] == '.' && char.IsAsciiDigit(_source[_at + 1]))
            {
                for (_at++; _at < _source.Length && char.IsAsciiDigit(_source[_at]); _at++)
                {
                }
            }

            return new(TokenKind.Number, _source[start.._at], Place(start));
        }

        if (first is '\'' or '"')
        {
            return new(TokenKind.String, ReadString(first), Place(start));
        }

        if (Array.Find(Operators, one => string.CompareOrdinal(_source, start, one, 0, one.Length) == 0) is { } found)
        {
            _at += found.Length;
            return new(TokenKind.Operator, found, Place(start));
        }

        throw new TemplateException($"\"{first}\" is not supported", Place(start));
    }

    private string ReadString(char quote)
    {
        var start = _at++;
        var text = new StringBuilder();
        for (; _at < _source.Length; _at++)
        {
            if (_source[_at] == quote)
            {
                _at++;
                return text.ToString();
            }

            text.Append(_source[_at] == '\\' && _at + 1 < _source.Length ? Escaped(_source[++_at]) : _source[_at].ToString());
        }

        throw new TemplateException("a string doesn't end", Place(start));
    }

    private string Escaped(char letter) => letter switch
    {
        'n' => "\n",
        't' => "\t",
        'r' => "\r",
        '\\' or '\'' or '"' => letter.ToString(),
        'x' => Coded(2),
        'u' => Coded(4),
        _ => throw new TemplateException($"the escape \"\\{letter}\" is not supported", Place(_at - 1)),
    };

    private string Coded(int digits)
    {
        var start = _at + 1;
        _at += digits;
        return _at < _source.Length && int.TryParse(_source.AsSpan(start, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? ((char)code).ToString()
            : throw new TemplateException("an escape lacks its digits", Place(start));
    }

    private TemplatePlace Place(int at)
    {
        var before = _source.AsSpan(0, at);
        return new(before.Count('\n') + 1, at - before.LastIndexOf('\n'));
    }
}

/// <summary>A piece of a template.</summary>
internal readonly record struct TemplateToken(TokenKind Kind, string Text, TemplatePlace Place)
{
    public bool Is(TokenKind kind, string text) => Kind == kind && Text == text;
}

/// <summary>What a piece of a template is.</summary>
internal enum TokenKind
{
    Text,
    OutputBegin,
    OutputEnd,
    BlockBegin,
    BlockEnd,
    Name,
    Number,
    String,
    Operator,
    End,
}

/// <summary>Line and column, from 1.</summary>
internal readonly record struct TemplatePlace(int Line, int Column);

/// <summary>What is wrong with a template, or with what it is given, and where in the template.</summary>
internal sealed class TemplateException(string reason, TemplatePlace place)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"{reason} (line {place.Line}, column {place.Column} of the template)"));
