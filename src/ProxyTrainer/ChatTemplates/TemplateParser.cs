namespace Tda.ProxyTrainer.ChatTemplates;

/// <summary>
/// Reads a template's statements: text, output, <c>if</c>, <c>for</c> with filter and <c>else</c>, <c>set</c>, <c>break</c>,
/// <c>continue</c>, <c>macro</c>, and the <c>generation</c> blocks of chat templates. Any other is refused by name.
/// </summary>
internal sealed class TemplateParser
{
    // What is parsed and run by recursion must not run out of stack. The longest template that was seen has some 5,000 tokens.
    private const int MostTokens = 10_000;
    private const int MostNested = 100;

    private readonly List<TemplateToken> _tokens;
    private readonly ExpressionParser _expressions;
    private readonly HashSet<string> _macros = new(StringComparer.Ordinal);
    private int _depth;
    private int _loops;
    private int _at;

    private TemplateParser(List<TemplateToken> tokens)
    {
        _tokens = tokens;
        _expressions = new(this);
    }

    public TemplateToken Current => _tokens[_at];

    /// <exception cref="TemplateException">Not a template, or a construct that isn't supported.</exception>
    public static TemplateBlock Parse(string source)
    {
        var tokens = TemplateLexer.Read(source);
        if (tokens.Count > MostTokens)
        {
            throw new TemplateException($"it has more than {MostTokens:N0} tokens", tokens[MostTokens].Place);
        }

        var parser = new TemplateParser(tokens);
        var whole = parser.Block();
        return parser.Current.Kind == TokenKind.End ? whole : throw parser.Unsupported(parser._tokens[parser._at + 1]);
    }

    public TemplateToken Next() => _tokens[Current.Kind == TokenKind.End ? _at : _at++];

    /// <summary>Whether a macro of this name has been read. One can't call itself, so that every call ends.</summary>
    public bool HasMacro(string name) => _macros.Contains(name);

    /// <summary>Reads one level deeper.</summary>
    public T Nested<T>(Func<T> read)
    {
        if (++_depth > MostNested)
        {
            throw new TemplateException("it is nested too deeply", Current.Place);
        }

        var result = read();
        _depth--;
        return result;
    }

    public bool Take(TokenKind kind, string text)
    {
        var taken = Current.Is(kind, text);
        _at += taken ? 1 : 0;
        return taken;
    }

    public TemplateToken Expect(TokenKind kind, string? text = null) =>
        Current.Kind == kind && (text is null || Current.Text == text)
            ? Next()
            : throw new TemplateException($"{text ?? kind.ToString().ToLowerInvariant()} was expected, not {Shown(Current)}", Current.Place);

    public TemplateException Unsupported(TemplateToken token) => new($"{Shown(token)} is not supported", token.Place);

    private static string Shown(TemplateToken token) => token.Kind is TokenKind.Name or TokenKind.Operator or TokenKind.Number ? $"\"{token.Text}\""
        : token.Kind == TokenKind.End ? "the template's end" : $"a {token.Kind.ToString().ToLowerInvariant()}";

    /// <summary>Statements up to the end, or to a block that ends or continues another, which is left.</summary>
    private TemplateBlock Block() => Nested(Statements);

    private TemplateBlock Statements()
    {
        var statements = new List<TemplateStatement>();
        while (Current.Kind != TokenKind.End)
        {
            var token = Current;
            if (token.Kind == TokenKind.BlockBegin && IsEnd(_tokens[_at + 1]))
            {
                break;
            }

            Next();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    statements.Add(new TemplateText(token.Text, token.Place));
                    break;
                case TokenKind.OutputBegin:
                    statements.Add(new TemplateOutput(_expressions.Whole(), token.Place));
                    Expect(TokenKind.OutputEnd);
                    break;
                default:
                    statements.Add(Statement(Expect(TokenKind.Name)));
                    break;
            }
        }

        return new(statements);
    }

    private static bool IsEnd(TemplateToken token) =>
        token.Kind == TokenKind.Name && (token.Text is "else" or "elif" || token.Text.StartsWith("end", StringComparison.Ordinal));

    private TemplateStatement Statement(TemplateToken name)
    {
        switch (name.Text)
        {
            case "if":
                return If(name);
            case "for":
                return For(name);
            case "set":
                return Set(name);
            case "macro":
                return Macro(name);
            case "break" or "continue" when _loops > 0:
                Expect(TokenKind.BlockEnd);
                return new TemplateJump(name.Text == "break", name.Place);
            case "generation":
                Expect(TokenKind.BlockEnd);
                var marked = Block();
                Close("endgeneration");
                return marked;
            default:
                throw new TemplateException($"the statement \"{name.Text}\" is not supported", name.Place);
        }
    }

    private TemplateIf If(TemplateToken name)
    {
        var condition = _expressions.Whole();
        Expect(TokenKind.BlockEnd);
        var then = Block();
        Expect(TokenKind.BlockBegin);
        TemplateBlock? otherwise = null;
        if (Current.Is(TokenKind.Name, "elif"))
        {
            return new(condition, then, new([Nested(() => If(Next()))]), name.Place);
        }

        if (Take(TokenKind.Name, "else"))
        {
            Expect(TokenKind.BlockEnd);
            otherwise = Block();
            Expect(TokenKind.BlockBegin);
        }

        Expect(TokenKind.Name, "endif");
        Expect(TokenKind.BlockEnd);
        return new(condition, then, otherwise, name.Place);
    }

    private TemplateFor For(TemplateToken name)
    {
        var targets = Targets();
        Expect(TokenKind.Name, "in");
        var items = _expressions.WithoutCondition();
        var filter = Take(TokenKind.Name, "if") ? _expressions.Whole() : null;
        Expect(TokenKind.BlockEnd);
        _loops++;
        var body = Block();
        _loops--;
        Expect(TokenKind.BlockBegin);
        TemplateBlock? otherwise = null;
        if (Take(TokenKind.Name, "else"))
        {
            Expect(TokenKind.BlockEnd);
            otherwise = Block();
            Expect(TokenKind.BlockBegin);
        }

        Expect(TokenKind.Name, "endfor");
        Expect(TokenKind.BlockEnd);
        return new(targets, items, filter, body, otherwise, name.Place);
    }

    private TemplateSet Set(TemplateToken name)
    {
        var target = Expect(TokenKind.Name).Text;
        var member = Take(TokenKind.Operator, ".") ? Expect(TokenKind.Name).Text : null;
        if (Take(TokenKind.Operator, "="))
        {
            var value = _expressions.Whole();
            Expect(TokenKind.BlockEnd);
            return new(target, member, value, null, name.Place);
        }

        Expect(TokenKind.BlockEnd);
        var body = Block();
        Close("endset");
        return new(target, member, null, body, name.Place);
    }

    private TemplateMacro Macro(TemplateToken name)
    {
        var called = Expect(TokenKind.Name).Text;
        Expect(TokenKind.Operator, "(");
        var parameters = new List<(string Name, TemplateExpression? Default)>();
        while (!Take(TokenKind.Operator, ")"))
        {
            var parameter = Expect(TokenKind.Name).Text;
            parameters.Add((parameter, Take(TokenKind.Operator, "=") ? _expressions.Whole() : null));
            if (!Take(TokenKind.Operator, ","))
            {
                Expect(TokenKind.Operator, ")");
                break;
            }
        }

        Expect(TokenKind.BlockEnd);
        var loops = _loops;
        _loops = 0;
        var body = Block();
        _loops = loops;
        Close("endmacro");
        _macros.Add(called);
        return new(called, parameters, body, name.Place);
    }

    private List<string> Targets()
    {
        List<string> targets = [Expect(TokenKind.Name).Text];
        while (Take(TokenKind.Operator, ","))
        {
            targets.Add(Expect(TokenKind.Name).Text);
        }

        return targets;
    }

    private void Close(string name)
    {
        Expect(TokenKind.BlockBegin);
        Expect(TokenKind.Name, name);
        Expect(TokenKind.BlockEnd);
    }
}
